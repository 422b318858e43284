package erasures

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"sync"
	"time"
)

// hashBytes of an HMAC are kept: enough that no two persons meet.
const hashBytes = 16

// Hash is the keyed hash of a person in a community.
type Hash [hashBytes]byte

// String is the hash in hexadecimal digits, as receipts and the list show it.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// entry is what the list keeps of an erased person.
type entry struct {
	Request    string     `json:"request_id"`
	Policy     string     `json:"policy"`
	Since      time.Time  `json:"since"`
	Lifted     *time.Time `json:"lifted,omitempty"`
	LiftReason string     `json:"lift_reason,omitempty"`
}

// Snapshot is the list of erased persons as of a moment. It does not change.
type Snapshot struct {
	revision uint64
	created  time.Time // of the bucket: one made anew counts its revisions anew
	secret   []byte
	macs     *sync.Pool
	tenants  map[string]map[Hash]entry
	active   map[string]int // persons who are not lifted, by tenant; no zeros
}

func emptySnapshot(created time.Time) *Snapshot {
	return &Snapshot{created: created, tenants: map[string]map[Hash]entry{}, active: map[string]int{}}
}

// Any reports whether somebody of the community is on the list: the question to ask first, since it costs next to nothing.
func (s *Snapshot) Any(tenant string) bool {
	return s != nil && len(s.active) > 0 && s.active[tenant] > 0
}

// Tenants lists the communities of which somebody is on the list.
func (s *Snapshot) Tenants() []string {
	names := make([]string, 0, len(s.active))
	for name := range s.active {
		names = append(names, name)
	}
	return names
}

// Holds reports whether the person was erased.
func (s *Snapshot) Holds(tenant, person string) bool {
	if person == "" || !s.Any(tenant) {
		return false
	}
	found, there := s.tenants[tenant][s.Hash(tenant, person)]
	return there && found.Lifted == nil
}

// Policy is the policy by which the person was erased; "" when they were not.
func (s *Snapshot) Policy(tenant, person string) string {
	if person == "" || !s.Any(tenant) {
		return ""
	}
	if found := s.tenants[tenant][s.Hash(tenant, person)]; found.Lifted == nil {
		return found.Policy
	}
	return ""
}

// Request is the id of the request for which the person was erased; "" when they were not.
func (s *Snapshot) Request(tenant, person string) string {
	if !s.Holds(tenant, person) {
		return ""
	}
	return s.tenants[tenant][s.Hash(tenant, person)].Request
}

// Hash is the person's keyed hash.
func (s *Snapshot) Hash(tenant, person string) Hash {
	mac, _ := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(tenant))
	mac.Write([]byte{0})
	mac.Write([]byte(person))
	var room [sha256.Size]byte
	return Hash(mac.Sum(room[:0])[:hashBytes])
}

// apply gives the list with the changes; s stays as it is.
func (s *Snapshot) apply(changes []change) *Snapshot {
	next := *s
	next.tenants, next.active = make(map[string]map[Hash]entry, len(s.tenants)), make(map[string]int, len(s.active))
	maps.Copy(next.tenants, s.tenants)
	touched := map[string]bool{}
	for _, c := range changes {
		next.revision = max(next.revision, c.revision)
		if c.secret != nil {
			next.setSecret(c.secret)
			continue
		}
		if !touched[c.tenant] {
			touched[c.tenant] = true
			entries := make(map[Hash]entry, len(s.tenants[c.tenant])+1)
			maps.Copy(entries, s.tenants[c.tenant])
			next.tenants[c.tenant] = entries
		}
		if c.gone {
			delete(next.tenants[c.tenant], c.hash)
		} else {
			next.tenants[c.tenant][c.hash] = c.entry
		}
	}
	for tenant, entries := range next.tenants {
		for _, e := range entries {
			if e.Lifted == nil {
				next.active[tenant]++
			}
		}
	}
	return &next
}

// change is one message of the bucket.
type change struct {
	revision uint64
	secret   []byte
	tenant   string
	hash     Hash
	entry    entry
	gone     bool
}

func (s *Snapshot) setSecret(secret []byte) {
	s.secret = secret
	s.macs = &sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}
}
