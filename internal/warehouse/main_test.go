package warehouse_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// propertyChecks bounds the property tests, each of whose checks asks the engine some thirty questions; -rapid.checks overrides it.
const propertyChecks = "8"

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", propertyChecks); err != nil {
		fmt.Fprintln(os.Stderr, "bound the property tests:", err)
		os.Exit(1)
	}
	embeddedtest.Main(m)
}
