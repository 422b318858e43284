package reporting_test

import (
	"flag"
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the generated documents anew")
	embeddedtest.Main(m)
}
