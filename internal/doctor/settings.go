package doctor

import (
	"fmt"
	"strings"
	"time"
)

// Settings are those in force, or those that `turnout up` would have.
type Settings struct {
	Durability     string
	Embedded       bool // the NATS server is the program's own
	Keys           bool // there are API keys
	KeysOpen       bool // the key file can be read by others
	OpenAddresses  []string
	StreamMaxBytes uint64
	StreamBytes    uint64 // what the stream holds
	DiskFree       uint64
	DiskSize       uint64
	DiskReserve    uint64
}

// smallDisk is one that a year of a university with clicks would fill.
const smallDisk = 20 << 30

// Review looks for settings that are unsafe or odd.
func Review(s Settings) []Finding {
	a := &area{name: "settings"}
	a.durability(s)
	a.doors(s)
	a.stream(s)
	if s.DiskReserve == 0 {
		a.add("disk reserve", Warning, "0", "the disk may fill to its last byte: leave --disk-reserve at 128MiB or more")
	}
	if _, err := time.LoadLocation("Pacific/Chatham"); err != nil {
		a.add("time zones", Problem, err.Error(), "communities' days need them: install tzdata, or set ZONEINFO")
	} else {
		a.add("time zones", OK, "present", "")
	}
	return a.findings
}

func (a *area) durability(s Settings) {
	if s.Durability == "balanced" {
		a.add("durability", Warning, "balanced: a power cut may lose the last second of accepted events", "choose --durability strict where that is too much")
	} else {
		a.add("durability", OK, s.Durability+": accepted events are synced to disk", "")
	}
	if !s.Embedded {
		a.add("NATS server's sync", Unknown, "a server of your own decides, and does not tell its clients", "set sync_interval: always in its jetstream block: its default is two minutes")
	}
}

func (a *area) doors(s Settings) {
	open := strings.Join(s.OpenAddresses, ", ")
	switch {
	case !s.Keys && open != "":
		a.add("keys", Problem, "none, and reachable from other machines: "+open, "turnout keys create --scope admin, or listen on 127.0.0.1")
	case !s.Keys:
		a.add("keys", Warning, "none: everybody on this machine may read and publish", "turnout keys create --scope admin")
	case s.KeysOpen:
		a.add("keys", Warning, "other users of this machine may read the key file", "chmod 600 keys.json")
	default:
		a.add("keys", OK, "required", "")
	}
	if s.Keys && open != "" {
		a.add("encryption", Warning, "keys and events travel in the clear on "+open, "put TLS before the ports: a reverse proxy, or a private network")
	}
}

// stream holds the stream's size against the disk: what it may still take must fit.
func (a *area) stream(s Settings) {
	if s.DiskSize == 0 {
		return
	}
	if s.StreamMaxBytes == 0 {
		state := OK
		if s.DiskSize < smallDisk {
			state = Warning
		}
		a.add("stream size", state, fmt.Sprintf("unbounded, on a disk of %s", bytes(s.DiskSize)), "bound it with --stream-max-bytes, so that the warehouse on the same disk keeps its room")
		return
	}
	figure := fmt.Sprintf("%s of %s", bytes(s.StreamBytes), bytes(s.StreamMaxBytes))
	more := s.StreamMaxBytes - min(s.StreamBytes, s.StreamMaxBytes)
	switch {
	case more == 0:
		a.add("stream size", Problem, figure, "publishers are refused: raise --stream-max-bytes")
	case more+s.DiskReserve > s.DiskFree:
		a.add("stream size", Warning, figure+fmt.Sprintf(", with %s free", bytes(s.DiskFree)), "the disk is full before the stream is: lower --stream-max-bytes, or make room")
	case s.StreamBytes > s.StreamMaxBytes/10*9:
		a.add("stream size", Warning, figure, "it is nearly full: raise --stream-max-bytes")
	default:
		a.add("stream size", OK, figure, "")
	}
}
