package audit

import "time"

// Report is what an audit found.
type Report struct {
	// OK is true when there is no difference.
	OK bool `json:"ok"`
	// Tenant is the only community that was looked at; empty means all.
	Tenant string `json:"tenant,omitempty"`
	// Deep tells that every event of the stream was looked for.
	Deep   bool        `json:"deep"`
	Stream StreamState `json:"stream"`
	// Stored counts the rows of the log, each identity once.
	Stored uint64 `json:"stored"`
	// DeadLetters counts those that wait in their stream.
	DeadLetters uint64 `json:"dead_letters"`
	// Missing counts events of the stream that are neither in the log nor among the dead letters; null when the audit was not deep.
	Missing *uint64 `json:"missing"`
	// Unknown counts rows of the log that no message of the stream says; null when the audit was not deep.
	Unknown *uint64 `json:"unknown"`
	// Suppressed counts events of the stream that are left out because their person was erased; null when the audit was not deep.
	Suppressed *uint64 `json:"suppressed"`
	// Duplicates counts identities that are visible more than once.
	Duplicates uint64 `json:"duplicates"`
	// Conflicts counts ids that a source used for several contents: its fault, kept and shown, and no difference.
	Conflicts uint64 `json:"conflicts"`
	// Facts compares the current truth with the log, key by key.
	Facts Compared `json:"facts"`
	// Rollups compares what was computed ahead with the facts, bucket by bucket.
	Rollups Compared `json:"rollups"`
	// Letters compares the dead letters with their mirror in the warehouse.
	Letters Compared `json:"letters"`
	// Differences are the first of each kind; Counts are all, by kind.
	Differences []Difference      `json:"differences"`
	Counts      map[string]uint64 `json:"counts"`

	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`

	deleted int // messages of the stream that were deleted when the audit began
}

// StreamState is the part of the stream that the audit answers for.
type StreamState struct {
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
	Messages uint64 `json:"messages"`
	// Pending counts messages up to Last that were not acknowledged in time.
	Pending uint64 `json:"pending"`
}

// Compared says how much was compared and how much of it differs.
type Compared struct {
	Checked   uint64 `json:"checked"`
	Differing uint64 `json:"differing"`
}

// Difference is one thing that is not as it must be.
type Difference struct {
	Kind     string `json:"kind"`
	Tenant   string `json:"tenant,omitempty"`
	Where    string `json:"where"`
	Sentence string `json:"sentence"`
	Hint     string `json:"hint"`
}

// The kinds of differences.
const (
	KindPending         = "pending"            // the consumers have not acknowledged what they should have
	KindDuplicate       = "duplicate"          // an identity is visible more than once in the log
	KindFactMissing     = "fact_missing"       // the log justifies a fact that is not there
	KindFactExtra       = "fact_extra"         // a fact that the log does not justify
	KindFactChanged     = "fact_changed"       // a fact that is not what the log says
	KindFactTwice       = "fact_twice"         // a key is visible more than once
	KindRollupDiffers   = "rollup_differs"     // a bucket is not what the facts say
	KindLetterLost      = "letter_lost"        // the mirror shows an open letter that is not kept
	KindLetterUnshown   = "letter_unshown"     // a letter is kept that the mirror does not show
	KindLetterReopened  = "letter_reopened"    // a letter is kept that was replayed or discarded
	KindEventMissing    = "event_missing"      // an event of the stream is nowhere
	KindEventUnknown    = "event_unknown"      // a row of the log that no message says
	KindUnreadable      = "message_unreadable" // the stream does not give what it says it holds
	KindRollupForgotten = "rollup_forgotten"   // a community's rollups are not brought up to date
)

// Kinds are all kinds, for metrics.
func Kinds() []string {
	return []string{
		KindPending, KindDuplicate, KindFactMissing, KindFactExtra, KindFactChanged, KindFactTwice, KindRollupDiffers, KindRollupForgotten,
		KindLetterLost, KindLetterUnshown, KindLetterReopened, KindEventMissing, KindEventUnknown, KindUnreadable,
	}
}

// listed differences of a kind are told one by one.
const listed = 20

// add notes a difference.
func (r *Report) add(d Difference) {
	r.Counts[d.Kind]++
	if r.Counts[d.Kind] <= listed {
		d.Hint = hint(d.Kind)
		r.Differences = append(r.Differences, d)
	}
}

// hint says what to do about a kind.
func hint(kind string) string {
	switch kind {
	case KindPending:
		return "look at the log of the consumers and at turnout status: until they acknowledge, reports are behind and nothing is lost"
	case KindDuplicate:
		return "two rows of one identity lie in different partitions: someone wrote into the table; delete the one whose content is not its hash's"
	case KindFactMissing, KindFactExtra, KindFactChanged:
		return "turnout rebuild facts puts it right from the log"
	case KindFactTwice:
		return "the table's sorting key was changed: restore ORDER BY (tenant, kh), then turnout rebuild facts"
	case KindRollupDiffers, KindRollupForgotten:
		return "turnout rebuild rollups computes it again"
	case KindLetterLost, KindLetterUnshown:
		return "turnout replay --from SEQUENCE --to SEQUENCE, the number before the hyphen, brings it back"
	case KindLetterReopened:
		return "turnout deadletters discard ID takes it away again"
	case KindEventMissing:
		return "turnout replay --from SEQUENCE --to SEQUENCE brings it back; nothing else changes"
	case KindUnreadable:
		return "the log has what was stored of these messages; keep the data folder as it is, and restore the stream from a backup if there is one"
	default:
		return "someone wrote into the table events; look at the row, delete it if nobody published it, then turnout rebuild"
	}
}
