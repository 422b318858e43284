package consumers

import "time"

// pace says when batches may be inserted that nothing but the clock makes due: every insert costs some 30 ms of CPU, however small. After a
// rest the first ones are free, so that a lone event is stored at once; a trickle then pays with an interval for each.
type pace struct {
	interval time.Duration
	free     int
	paid     time.Time // up to when the inserts so far have used up the intervals
}

// wait is how long the next insert has to wait.
func (p *pace) wait(now time.Time) time.Duration {
	return max(0, p.paid.Add(-time.Duration(p.free-1)*p.interval).Sub(now))
}

// manyRows cost more than the insert by itself.
const manyRows = 2000

// spend counts an insert: one of many rows for half, so that under load nothing waits long. Full batches do not wait, and leave no more to be
// paid than others do.
func (p *pace) spend(now time.Time, rows int) {
	if p.paid.Before(now) {
		p.paid = now
	}
	price := p.interval
	if rows >= manyRows {
		price /= 2
	}
	p.paid = p.paid.Add(price)
	if most := now.Add(time.Duration(p.free) * p.interval); p.paid.After(most) {
		p.paid = most
	}
}
