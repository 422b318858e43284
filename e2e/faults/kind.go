package faults

import (
	"context"
	"time"
)

// Kind is one way of breaking things. Its functions run in the order Prepare, Break (while the workload is published), Heal; each may be
// nil. All chance comes from Round.Random, so that the round's seed gives the same choices. An error means that the round could not be
// played, not that Turnout failed: what Turnout did wrong is found by the count afterwards.
type Kind struct {
	Name string // in the table, such as "kill-program"
	Does string // what is broken, in a sentence
	Heal string // what brings it back, in a sentence

	// Cheap kinds take a few seconds; the short run in `make test` plays each of them once.
	Cheap bool
	// Alone kinds get a house on a fresh data folder, which is thrown away afterwards.
	Alone bool
	// Folder, if given, makes the data folder of an Alone kind (on a small disk, say) and what takes it away again.
	Folder func(ctx context.Context, base string) (folder string, release func() error, err error)

	// Prepare runs before anything is published: it may restart the house with an environment (House.Restart), start further
	// processes (House.Serve), send the publishers through a proxy (Round.Via), and add events (Round.Work.Add).
	Prepare func(ctx context.Context, r *Round) error
	// Break runs while the workload is published; Round.Until waits for a share of it. It need not clean up after itself.
	Break func(ctx context.Context, r *Round) error
	// Mend takes the fault away once everything was sent. Then the round makes sure by itself that the program of the house runs,
	// without faults in its environment, that nothing is paused, and that further processes are stopped (House.Whole).
	Mend func(ctx context.Context, r *Round) error
	// Damages kinds take messages out of the stream: their audit must say so.
	Damages bool
	// Settle, if given, runs when everything was acknowledged, and finishes what the fault cut off.
	Settle func(ctx context.Context, r *Round) error
	// Check, if given, looks for what only this kind can see; what it returns counts as a difference.
	Check func(ctx context.Context, r *Round) []string
}

// Kinds are all there are, in the order of the table.
func Kinds() []Kind {
	return append([]Kind{
		nothing(),
		killProgram(), killEngine(), killBoth(), killStarting(), stopProgram(), killConsumer(), killGateway(),
		crashAt("before-insert", "before an insert"),
		crashAt("after-insert", "after an insert, before anything else is noted"),
		crashAt("before-note", "before it notes which communities changed"),
		crashAt("before-acknowledgement", "after everything is stored, before the acknowledgement"),
		crashEngine(), crashMigrating(),
		pauseProgram(), pauseConsumer(), pauseEngine(),
		rejectDeliveries(), dropDeliveries(), deliverAll(),
		crashRolling(), crashRebuilding(), replayAll(), crashErasing(), crashBackup(),
		secondProgram(), poisonRows(), diskFull(), corruptStream(), corruptWarehouse(),
	}, append(networks(), clocks()...)...)
}

// Limits of a round. They are generous: a round that meets one of them has failed.
const (
	readyLimit  = 90 * time.Second
	drainLimit  = 120 * time.Second
	roundLimit  = 5 * time.Minute
	rollupLimit = 60 * time.Second
)
