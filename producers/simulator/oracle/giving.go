package oracle

import (
	"cmp"
	"slices"
	"strings"
)

// gifts are those of the range, with the person who gave.
func (v *view) gifts(each func(s stated, donor string)) {
	for _, s := range v.facts["donation.received"] {
		if v.passed(s.On) {
			each(s, v.resolve(s.DonorID))
		}
	}
}

// alumni are the persons of record on a day: alumni who pass the filters then.
func (v *view) alumni(day string) (living, all set) {
	living, all = set{}, set{}
	for p, m := range v.members {
		if s := v.on(p, day); m.since() <= day && s.kind == "alumnus" && v.wanted(p, day) {
			all.add(p)
			if s.living {
				living.add(p)
			}
		}
	}
	return living, all
}

// giving is report 27: who of the alumni gave, by the community's year.
func (v *view) giving() []Row {
	return v.periods(communityYear, func(v *view) cells[int] {
		years := cells[int]{}
		v.gifts(func(s stated, donor string) {
			c := years.at(v.yearOf(s.On))
			if s.LegalDonor == "self" || v.wanted(donor, s.On) {
				c.put(s.LegalDonor, donor)
			}
		})
		return years
	}, func(year int, c *cell) Row {
		living, alumni := v.alumni(v.lastDayOf(year))
		donors := 0.0
		for p := range c.sets["self"] {
			if alumni[p] {
				donors++
			}
		}
		return Row{
			"alumni_of_record": float64(len(living)), "donors": donors, "participation": ratio(donors, float64(len(living))),
			"fund_donors": c.distinct("donor_advised_fund"), "company_donors": c.distinct("company"),
		}
	})
}

// exponents are the decimal places of currencies that do not have two (ISO 4217).
func exponents() map[string]int {
	return map[string]int{
		"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0,
		"VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
		"CLF": 4, "UYW": 4,
	}
}

// major is an amount in the currency's major unit.
func major(minor float64, currency string) float64 {
	places, odd := exponents()[currency]
	if !odd {
		places = 2
	}
	for range places {
		minor /= 10
	}
	return minor
}

// givingSums are the sums beside it, by currency: every year from the first to the last
// gift with every currency that was ever given.
func (v *view) givingSums() []Row {
	type key struct {
		year     int
		currency string
	}
	sums, years, currencies := cells[key]{}, map[int]bool{}, set{}
	v.always().gifts(func(s stated, _ string) {
		years[v.yearOf(s.On)] = true
		currencies.add(s.Currency)
	})
	v.gifts(func(s stated, donor string) {
		if !v.wanted(donor, s.On) {
			return
		}
		c := sums.at(key{v.yearOf(s.On), s.Currency})
		c.one("gifts")
		c.put("donors", donor)
		c.add("amount", float64(s.AmountMinor))
		c.add(s.Kind, float64(s.AmountMinor))
	})
	rows := []Row{}
	first, last := span(years)
	for year := first; year <= last && len(years) > 0; year++ {
		for currency := range currencies {
			if !v.inRange(communityYear, year) {
				continue
			}
			c := sums.at(key{year, currency})
			rows = append(rows, Row{
				"period": label(byYear, year), "currency": currency, "gifts": c.sum("gifts"), "donors": c.distinct("donors"),
				"amount_minor": c.sum("amount"), "amount": major(c.sum("amount"), currency), "unfinished": v.unfinished(communityYear, year),
				"cash": major(c.sum("cash"), currency), "in_kind": major(c.sum("in_kind"), currency), "pledge": major(c.sum("pledge_payment"), currency),
			})
		}
	}
	order(rows, "period", "currency")
	return rows
}

// order sorts rows by the texts in some columns.
func order(rows []Row, columns ...string) {
	slices.SortFunc(rows, func(a, b Row) int {
		for _, column := range columns {
			x, _ := a[column].(string)
			y, _ := b[column].(string)
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a), len(b))
	})
}
