package oracle

import (
	"fmt"
	"slices"
	"strconv"
)

func modes() []string {
	return []string{"any", "volunteer", "experiential", "philanthropic", "communication"}
}

// acts gives the mode, the person and the day of everything that counts as engagement.
func (w *world) acts(act func(mode, person, day string)) {
	for _, g := range w.gatherings {
		for p, r := range g.present {
			mode := "experiential"
			if r.name == "speaker" || r.name == "host" {
				mode = "volunteer"
			}
			act(mode, p, w.date(r.at))
		}
	}
	tell := func(base, mode string, who func(stated) string, day func(stated) string) {
		for _, s := range w.facts[base] {
			if id := who(s); id != "" {
				act(mode, w.resolve(id), day(s))
			}
		}
	}
	person := func(s stated) string { return s.PersonID }
	at := func(s stated) string { return w.date(s.at) }
	on := func(s stated) string { return s.On }
	tell("feedback.submitted", "communication", person, at)
	tell("communication.responded", "communication", func(s stated) string {
		if s.Action == "opened" {
			return "" // opening a letter is not answering it
		}
		return s.PersonID
	}, at)
	tell("group.membership_changed", "volunteer", person, at)
	tell("volunteering.logged", "volunteer", person, on)
	tell("initiative.status_changed", "volunteer", func(s stated) string { return s.ProposerID }, at)
	tell("opportunity.published", "volunteer", func(s stated) string { return s.AmbassadorID }, func(s stated) string { return s.Opens })
	tell("donation.received", "philanthropic", func(s stated) string { return s.DonorID }, on)
}

// yearOf is the year in which the community's year ends that holds the day.
func (w *world) yearOf(day string) int {
	year, err := strconv.Atoi(day[:4])
	if err != nil {
		return 0
	}
	if day[5:] > w.options.YearEnd {
		year++
	}
	return year
}

func (w *world) engagement() []Engagement {
	type personYear struct {
		person string
		year   int
	}
	engaged := map[personYear]map[string]bool{}
	var years []int
	w.acts(func(mode, person, day string) {
		key := personYear{person, w.yearOf(day)}
		if engaged[key] == nil {
			engaged[key] = map[string]bool{"any": true}
			years = append(years, key.year)
		}
		engaged[key][mode] = true
	})
	first, last, ok := span(years)
	rows := []Engagement{}
	for y := first; ok && y <= last; y++ {
		end := fmt.Sprintf("%04d-%s", y, w.options.YearEnd)
		if now := w.options.Now; !now.IsZero() {
			end = min(end, w.date(now))
		}
		eligible, judged := 0, 0
		counts := map[string]int{}
		for p, m := range w.members {
			s := m.asOf(end)
			if m.since() > end || s.kind != "alumnus" || !s.contactable {
				continue
			}
			judged++
			if s.living {
				eligible++
			}
			for mode := range engaged[personYear{p, y}] {
				counts[mode]++
			}
		}
		for _, mode := range modes() {
			if judged > 0 {
				rows = append(rows, Engagement{fmt.Sprintf("%04d", y), mode, counts[mode], eligible})
			}
		}
	}
	return slices.Clip(rows)
}
