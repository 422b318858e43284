package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// growth is how far the curves go.
type growth struct {
	backlogs  []int         // events that wait
	tenants   []int         // communities at a time
	types     []int         // event types, the most frequent first; 0 is all
	sizes     []int         // bytes of an event, about
	consumers []int         // processes
	facts     []int         // of one community, and of a federation
	members   int           // communities of the federation
	large     int           // years of its one large university, which joins at the end
	years     int           // of a university; a community has as many universities as its facts take
	template  int           // events of the community that is copied
	backlog   int           // events of a backlog, where it is not what grows
	bytes     int           // of a backlog of events of one size, about
	asks      int           // requests for each report
	shared    int           // events of a backlog that several processes share
	patience  time.Duration // with all reports of one community
	hold      int           // events of the backlogs that are drained into a community of so many facts
}

func growthOf(quick bool) growth {
	if quick {
		return growth{
			backlogs: []int{500, 1000}, tenants: []int{1, 5}, types: []int{1, 0}, sizes: []int{500, 2000}, consumers: []int{1, 2}, facts: []int{1000, 2000},
			members: 3, large: 1, years: 1, template: 1500, backlog: 1000, bytes: 1 << 20, asks: 1, hold: 500, shared: 1000, patience: time.Minute,
		}
	}
	return growth{
		backlogs: []int{10_000, 100_000, 300_000, 1_000_000, 2_000_000}, tenants: []int{1, 10, 100, 1000}, types: []int{1, 3, 8, 0},
		sizes: []int{256, 1 << 10, 4 << 10, 16 << 10, 64 << 10}, consumers: []int{1, 2, 4}, facts: []int{100_000, 1_000_000, 10_000_000},
		members: 1000, large: 16, years: 16, template: 12_000, backlog: 200_000, bytes: 100 << 20, asks: 2, hold: 50_000, shared: 400_000, patience: 3 * time.Minute,
	}
}

var errNoRoom = errors.New("too little room on the disk")

// need refuses to begin what would fill the disk: a full disk stops more than a measurement.
func (r *run) need(gigabytes uint64) error {
	if r.cfg.Quick {
		gigabytes = 1
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(r.dir, &disk); err != nil {
		return fmt.Errorf("look at the disk: %w", err)
	}
	const gigabyte = 1 << 30
	if free := disk.Bavail * uint64(disk.Bsize) / gigabyte; free < gigabytes {
		return fmt.Errorf("%w: %s needs %d GB for a while and %d are free at %s; give another disk with --dir, or leave this part out with --sections",
			errNoRoom, r.step, gigabytes, free, r.dir)
	}
	return nil
}

// mixOf is a mix of the events of one university that keep allows, as so many communities send them in turn.
func (r *run) mixOf(tenants int, keep func(*cut) bool) (*mix, error) {
	base, err := simulate(r.cfg.Seed, r.growth().years)
	if err != nil {
		return nil, err
	}
	if keep != nil {
		base = slices.DeleteFunc(base, func(c cut) bool { return !keep(&c) })
	}
	return &mix{tenants: tenants, each: len(base), bases: [][]cut{base}}, nil
}

// hurry gives the flags under which a quick run does not wait for rollups to rest.
func (r *run) hurry() []string {
	if r.cfg.Quick {
		return []string{"--rollup-rest", "50ms"}
	}
	return nil
}

func (r *run) growth() growth { return growthOf(r.cfg.Quick) }
