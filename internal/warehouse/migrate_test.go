package warehouse_test

import (
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func open(t *testing.T, registry *schemas.Registry) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), embeddedtest.ClickHouse(t), warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context(), registry); err != nil {
		t.Fatal(err)
	}
	return db
}

func builtin(t *testing.T) *schemas.Registry {
	t.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	db := open(t, builtin(t))
	if err := db.Migrate(t.Context(), builtin(t)); err != nil {
		t.Fatal(err)
	}
}
