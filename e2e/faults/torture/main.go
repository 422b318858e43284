// Command torture breaks a running Turnout for as long as it is told, and counts afterwards. See `make torture`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/turnout/turnout/e2e/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if failed || err != nil {
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context) (failed bool, err error) {
	minutes := flag.Float64("minutes", 0, "how long to go on; 0 with -rounds")
	rounds := flag.Int("rounds", 0, "how many rounds; 0 with -minutes")
	seed := flag.Uint64("seed", 0, "of the run; 0 is a new one")
	only := flag.Uint64("round", 0, "a round's seed: that round alone")
	small := flag.Bool("small", false, "no simulated communities")
	each := flag.Bool("each", false, "every kind once, in order")
	kind := flag.String("kind", "", "this kind alone")
	folder := flag.String("folder", os.TempDir(), "where data folders and logs are")
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) & (1<<40 - 1)
	}
	if *minutes == 0 && *rounds == 0 && !*each {
		*minutes = 10
	}
	place, err := os.MkdirTemp(*folder, "turnout-faults-")
	if err != nil {
		return true, err
	}
	binary, err := faults.Build(ctx, place)
	if err != nil {
		return true, err
	}
	kinds := faults.Kinds()
	if *kind != "" {
		kinds = nil
		for _, k := range faults.Kinds() {
			if k.Name == *kind {
				kinds = append(kinds, k)
			}
		}
	}
	fmt.Printf("seed %d: again with the same kinds by SEED=%d\n", *seed, *seed)
	played, err := faults.Run(ctx, faults.Plan{
		Binary: binary, Folder: place, Seed: *seed, Rounds: *rounds, Time: time.Duration(*minutes * float64(time.Minute)), Kinds: kinds, Only: *only, Each: *each, Small: *small, Out: os.Stdout,
	})
	fmt.Printf("\n%s\n%s\n", faults.Table(kinds, played), faults.Summary(played))
	for _, p := range played {
		failed = failed || p.Failed()
	}
	return failed, err
}
