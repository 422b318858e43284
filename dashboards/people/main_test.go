package people_test

import (
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }
