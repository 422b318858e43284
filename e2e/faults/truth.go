package faults

import (
	"bytes"
	"encoding/json"
	"math/big"
	"time"
)

// arrived are the items that must count: what was acknowledged, and what the log has although nobody was told so.
func (r *Round) arrived(o *observed) []*Item {
	var found []*Item
	for _, item := range r.Work.Items {
		if item.Fate == Counts && (item.Acknowledged() || o.log[item.identity()] > 0) {
			found = append(found, item)
		}
	}
	return found
}

func (i *Item) identity() identity {
	return identity{i.Tenant, i.event.Source, i.event.ID, i.record.ContentHash}
}

// standing is the revision of each business key that wins: the highest version, in whatever order they came.
func standing(items []*Item) map[factKey]*Item {
	winners := map[factKey]*Item{}
	for _, item := range items {
		key := factKey{item.Tenant, decimal(item.record.KeyHash)}
		if known := winners[key]; known == nil || bytes.Compare(known.record.Version[:], item.record.Version[:]) < 0 {
			winners[key] = item
		}
	}
	return winners
}

func decimal(number [16]byte) string { return new(big.Int).SetBytes(number[:]).String() }

// expectRollups counts acts by day, and by month and person, from the winning revisions.
func (r *Round) expectRollups(items []*Item) (days map[dayRow]int, persons map[personRow]acts) {
	days, persons = map[dayRow]int{}, map[personRow]acts{}
	for _, item := range standing(items) {
		record := item.record
		if item.event.Voided || record.Mode == "" {
			continue
		}
		day := r.dayOf(item)
		days[dayRow{item.Tenant, day, item.event.Type, record.Mode}]++
		if record.Person == "" {
			continue
		}
		row := personRow{item.Tenant, day[:len("2024-05")] + "-01", record.Person}
		sum := persons[row]
		switch record.Mode {
		case "volunteer":
			sum.volunteer++
		case "experiential":
			sum.experiential++
		case "philanthropic":
			sum.philanthropic++
		case "communication":
			sum.communication++
		}
		if item.event.Type == "attendance.recorded.v1" && present(item) {
			sum.attended++
		}
		persons[row] = sum
	}
	return days, persons
}

// dayOf is the community's day; an event that names only a day has that one in every zone.
func (r *Round) dayOf(item *Item) string {
	zone := time.UTC
	for _, c := range r.Work.communities {
		if c.tenant == item.Tenant {
			zone = c.zone
		}
	}
	if typ, known := r.registry.Type(item.event.Type); known && typ.BusinessTime != "" {
		if field, _ := typ.Field(typ.BusinessTime); field.Format == "date" {
			zone = time.UTC
		}
	}
	return item.record.At.In(zone).Format(time.DateOnly)
}

// said is what the plain communities' data say.
type said struct {
	Gathering string  `json:"gathering_id"`
	Person    string  `json:"person_id"`
	Present   bool    `json:"present"`
	From      string  `json:"from_id"`
	Into      string  `json:"into_id"`
	Hours     float64 `json:"hours"`
}

func present(item *Item) bool { return read1(item).Present }

// read1 reads data that passed its check.
func read1(item *Item) said {
	var s said
	_ = json.Unmarshal(item.event.Data, &s) // other types have other fields
	return s
}

// expectReports counts who was where, after merging, and the hours given, in the plain communities.
func (r *Round) expectReports(items []*Item) (attended map[[2]string]float64, hours map[string]float64) {
	attended, hours = map[[2]string]float64{}, map[string]float64{}
	winners := standing(items)
	into := map[named]string{}
	for _, item := range winners {
		if item.event.Type == "member.merged.v1" && !item.event.Voided {
			s := read1(item)
			into[named{item.Tenant, s.From}] = s.Into
		}
	}
	there := map[[3]string]bool{}
	for _, item := range winners {
		s := read1(item)
		switch {
		case item.event.Voided:
		case item.event.Type == "attendance.recorded.v1":
			place := [2]string{item.Tenant, s.Gathering}
			attended[place] += 0 // recorded, though nobody may have been there
			person := s.Person
			if merged, ok := into[named{item.Tenant, person}]; ok {
				person = merged
			}
			if who := [3]string{item.Tenant, s.Gathering, person}; s.Present && !there[who] {
				there[who] = true
				attended[place]++
			}
		case item.event.Type == "volunteering.logged.v1":
			hours[item.Tenant] += s.Hours
		}
	}
	return attended, hours
}
