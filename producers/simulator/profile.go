package simulator

// profile is how large a community is and how much goes wrong in it. Rates are
// a year; shares are thousandths unless said otherwise.
type profile struct {
	seed        bool // the two first meetings, nothing else
	odd         bool // has oddities
	largest     int  // gathering; 0 is as large as they come
	alumni      int  // of record
	ambassadors int
	gatherings  int // a year, in thousandths
	openings    int // likewise
	volunteers  int // entries in the log beside gatherings, likewise
	initiatives int
	newsletters int // campaigns to all alumni
	refusals    refusals
	faults      faults
}

// refusals are thousandths of those who register: who withdraw a use of their data some time later.
type refusals struct{ analytics, lists int }

// faults are counted in a hundred thousand events, of the kind that they befall.
type faults struct {
	duplicate, late, corrected, skewed, malformed int
	alias                                         int // thousandths of attending persons who get a second id
}

// profileOf gives the figures of a preset; a federation draws the size of each community.
func profileOf(preset Preset, r random) profile {
	usual := faults{duplicate: 1000, late: 2000, corrected: 500, skewed: 500, malformed: 100, alias: 50}
	switch preset {
	case Seed:
		usual.corrected, usual.alias, usual.malformed = 0, 0, 1000 // some of each in a few hundred events; the figures are known
		return profile{seed: true, faults: usual}
	case Federation:
		return sized(r.curve(communitySizes()), 60, usual)
	case Small:
		return profile{
			odd: true, largest: 11, alumni: 14, ambassadors: 12, gatherings: 9000, openings: 1500, volunteers: 12_000, initiatives: 2500, newsletters: 2,
			refusals: refusals{analytics: 40, lists: 80},
			faults:   faults{duplicate: 6000, late: 8000, corrected: 6000, skewed: 6000, malformed: 1500, alias: 300},
		}
	case University:
	}
	return sized(1000, 4, usual)
}

// sized gives a university of size thousandths of the usual one.
func sized(size, newsletters int, f faults) profile {
	return profile{
		alumni: 15 * size, ambassadors: max(12, 600*size/1000), gatherings: max(3000, 40*size),
		openings: max(1000, 7*size), volunteers: 110 * size, initiatives: 8 * size, newsletters: newsletters,
		refusals: refusals{analytics: 10, lists: 20}, faults: f,
	}
}

// communitySizes is a log-normal distribution (sigma 0.8, mean 1) in thousandths of the usual university.
func communitySizes() []knot {
	return []knot{
		{0, 60}, {10, 113}, {50, 195}, {100, 261}, {200, 370}, {300, 477}, {400, 593}, {500, 726}, {600, 889},
		{700, 1105}, {800, 1424}, {900, 2024}, {950, 2706}, {980, 3755}, {990, 4670}, {1000, 8600},
	}
}

// gatheringSizes: median 11, mean 21, at most 125.
func gatheringSizes() []knot {
	return []knot{{0, 3}, {50, 4}, {250, 7}, {500, 11}, {750, 25}, {900, 50}, {975, 80}, {1000, 125}}
}

// visitCounts is how often somebody comes who comes at all: 58 % at least twice,
// 30 % five times or more, and 15 % of them give half of all attendances.
func visitCounts() []knot {
	return []knot{{0, 1}, {420, 1}, {421, 2}, {550, 2}, {551, 3}, {630, 3}, {631, 4}, {700, 4}, {701, 5}, {850, 10}, {930, 16}, {1000, 32}}
}

// monthWeights are the seasons: peaks in September and after New Year, a quiet summer and December.
func monthWeights() []int { return []int{12, 12, 9, 8, 8, 8, 5, 3, 13, 10, 9, 3} }
