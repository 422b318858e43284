package gateway

import (
	"encoding/json"

	"github.com/turnout/turnout/internal/stream"
)

// Announcement is told on turnout.stored.<tenant> of every pack that is on disk.
// It is told once and kept by nobody: for live pages and systems that react.
type Announcement struct {
	Tenant    string         `json:"tenant"`
	StreamSeq uint64         `json:"stream_seq"`
	Events    int            `json:"events"`
	Types     map[string]int `json:"types"` // events by type
}

// announcements gives one body for each tenant of a pack, by subject.
func announcements(seq uint64, parts []part) map[string][]byte {
	byTenant := make(map[string]*Announcement)
	for _, p := range parts {
		for i := range p.lines {
			l := &p.lines[i]
			a := byTenant[l.tenant]
			if a == nil {
				a = &Announcement{Tenant: l.tenant, StreamSeq: seq, Types: make(map[string]int)}
				byTenant[l.tenant] = a
			}
			a.Events++
			a.Types[l.typ]++
		}
	}
	bodies := make(map[string][]byte, len(byTenant))
	for tenant, a := range byTenant {
		body, err := json.Marshal(a)
		if err != nil {
			continue // cannot be: strings and numbers only
		}
		bodies[stream.StoredSubject(tenant)] = body
	}
	return bodies
}
