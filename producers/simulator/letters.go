package simulator

import (
	"time"

	"github.com/turnout/turnout/schemas"
)

// giving is what a month's letters and gifts bring: much, and nothing that other
// months depend on.
func (u *university) giving(month time.Time) {
	at := func() time.Time { return month.AddDate(0, 0, u.letters.below(28)).Add(daytime(u.letters)) }
	for n := range u.letters.round(u.profile.newsletters * 1000 / 12) {
		u.campaign(newsletter(month, n+1), "alumni", u.alumni, 10, at())
	}
	u.campaign(newsletter(month, 0), "ambassadors", append(append([]*person(nil), u.attenders...), u.idle...), 250, at())
	// 8 to 18 % of alumni give in a year, above all at its end.
	weights := []int{7, 6, 7, 7, 7, 7, 5, 5, 8, 9, 12, 20}
	for range u.letters.round(len(u.alumni) * 14 * weights[month.Month()-1] / 10) {
		if p := pick(u.letters, u.alumni); !p.gone {
			u.gift(p, at())
		}
	}
}

func (u *university) gift(p *person, at time.Time) {
	currency := "EUR"
	if u.letters.chance(30) {
		currency = "USD"
	}
	amounts := []knot{{0, 5}, {200, 20}, {500, 50}, {800, 120}, {950, 500}, {995, 3000}, {1000, 25000}}
	u.out.say("fundraising", schemas.TypeDonationReceived, at, text("gift_id", u.out.id("d-")), text("donor_id", p.id),
		number("amount_minor", 100*u.letters.curve(amounts)), text("currency", currency),
		text("kind", []string{"cash", "pledge_payment", "in_kind"}[u.letters.weighted([]int{90, 7, 3})]),
		text("legal_donor", []string{"self", "donor_advised_fund", "company"}[u.letters.weighted([]int{94, 3, 3})]), day("on", at))
}

// campaign sends a letter to the persons; opens, in thousandths, are recorded
// where the mailer can see them.
func (u *university) campaign(id, segment string, to []*person, opens int, at time.Time) {
	if len(to) == 0 {
		return
	}
	delivered := len(to) * u.letters.between(955, 995) / 1000
	u.out.say("mailer", schemas.TypeCommunicationSent, at, text("campaign_id", id), text("channel", "email"), text("segment", segment),
		number("recipients", len(to)), number("delivered", delivered), instant("at", at))
	respond := func(action string, permille int) {
		for range u.letters.round(delivered * permille) {
			p := pick(u.letters, to)
			if p.gone || !p.joined.Before(at) {
				continue
			}
			when := at.Add(time.Duration(u.letters.curve([]knot{{0, 60}, {600, 3600 * 6}, {900, 3600 * 48}, {1000, 3600 * 240}})) * time.Second)
			u.out.say("mailer", schemas.TypeCommunicationResponded, when, text("response_id", u.out.id("cr-")), text("campaign_id", id),
				text("person_id", p.id), text("action", action), instant("at", when))
		}
	}
	respond("opened", opens)
	respond("clicked", u.letters.between(40, 69))
	respond("replied", 3)
	respond("survey_completed", 4)
	respond("profile_updated", 2)
	respond("shared", 2)
}
