package cli

import (
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/turnout/turnout/producers"
)

// bar shows the progress of long work on a terminal, and nothing elsewhere.
type bar struct {
	verb     string
	progress *mpb.Progress

	mu      sync.Mutex
	current *mpb.Bar
	name    string
	size    int64
}

func newBar(w io.Writer, verb string) *bar {
	columns := width(w)
	if columns == 0 {
		return &bar{verb: verb}
	}
	return &bar{verb: verb, progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(min(columns, 100)))} //nolint:mnd // wider bars tell no more
}

// file shows how far a file has come.
func (b *bar) file(p producers.Progress) { b.to(p.File, p.Bytes, p.Size) }

// to shows that done of size bytes of the named thing are through; a size of 0 is unknown.
func (b *bar) to(name string, done, size int64) {
	if b.progress == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil || b.name != name {
		b.complete()
		b.name, b.size = name, size
		b.current = b.progress.AddBar(size,
			mpb.PrependDecorators(decor.Name(b.verb+" "+name+" ")),
			mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Name(" "), decor.AverageSpeed(decor.SizeB1024(0), "% .1f")),
		)
	}
	b.current.SetCurrent(done)
}

// complete ends the bar of a file, also when it was not read to its end.
func (b *bar) complete() {
	if b.current == nil || b.current.Completed() {
		return
	}
	if b.size == 0 {
		b.current.SetTotal(-1, true)
		return
	}
	b.current.Abort(false)
}

// finish ends all and leaves the terminal as it was.
func (b *bar) finish() {
	if b.progress == nil {
		return
	}
	b.mu.Lock()
	b.complete()
	b.mu.Unlock()
	b.progress.Wait()
}
