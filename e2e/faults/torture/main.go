// Command torture breaks a running Turnout for as long as it is told, and counts afterwards. See `make torture` and `make soak`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/turnout/turnout/e2e/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	failed, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	minutes float64
	rounds  int
	seed    uint64
	only    uint64
	each    bool
	small   bool
	soak    bool
	rate    int
	houses  int
	kind    string
	folder  string
}

func read() options {
	var o options
	flag.Float64Var(&o.minutes, "minutes", 0, "how long to go on; 0 with -rounds")
	flag.IntVar(&o.rounds, "rounds", 0, "how many rounds; 0 with -minutes")
	flag.Uint64Var(&o.seed, "seed", 0, "of the run; 0 is a new one")
	flag.Uint64Var(&o.only, "round", 0, "a round's seed: that round alone")
	flag.BoolVar(&o.each, "each", false, "every kind once, in order")
	flag.BoolVar(&o.small, "small", false, "no simulated communities")
	flag.BoolVar(&o.soak, "soak", false, "a steady rate with faults, and what is held every minute")
	flag.IntVar(&o.rate, "rate", 200, "events a second of the soak")
	flag.IntVar(&o.houses, "houses", 2, "how many are broken at the same time")
	flag.StringVar(&o.kind, "kind", "", "this kind alone")
	flag.StringVar(&o.folder, "folder", os.TempDir(), "where data folders and logs are")
	flag.Parse()
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano()) & (1<<40 - 1)
	}
	if o.minutes == 0 && o.rounds == 0 && !o.each {
		o.minutes = 10
	}
	return o
}

func run(ctx context.Context) (failed bool, err error) {
	o := read()
	place, err := os.MkdirTemp(o.folder, "turnout-faults-")
	if err != nil {
		return true, fmt.Errorf("make a folder: %w", err)
	}
	defer func() {
		if !failed && err == nil { // what failed stays, to be looked at
			err = os.RemoveAll(place)
		}
	}()
	binary, err := faults.Build(ctx, place)
	if err != nil {
		return true, err
	}
	fmt.Fprintf(os.Stdout, "seed %d\n", o.seed)
	if o.soak {
		_, err := faults.RunSoak(ctx, faults.Soak{
			Binary: binary, Folder: filepath.Join(place, "soak"), Minutes: int(o.minutes), Rate: o.rate, Seed: o.seed, Out: os.Stdout,
		})
		if err == nil {
			fmt.Fprintln(os.Stdout, "memory, descriptors, parts and lag are flat; the audit is clean")
		}
		return err != nil, err
	}
	kinds := slices.DeleteFunc(faults.Kinds(), func(k faults.Kind) bool { return o.kind != "" && k.Name != o.kind })
	if len(kinds) == 0 {
		return true, fmt.Errorf("there is no kind %q", o.kind)
	}
	played, err := faults.Run(ctx, faults.Plan{
		Binary: binary, Folder: place, Seed: o.seed, Rounds: o.rounds, Time: time.Duration(o.minutes * float64(time.Minute)),
		Kinds: kinds, Each: o.each, Small: o.small, Only: o.only, Houses: o.houses, Out: os.Stdout,
	})
	fmt.Fprintf(os.Stdout, "\n%s\n%s\n", faults.Table(kinds, played), faults.Summary(played))
	return slices.ContainsFunc(played, func(p faults.Played) bool { return p.Failed() }), err
}
