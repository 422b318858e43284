package telemetry_test

import (
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/telemetry"
)

// gather gives the gauges of a collector by name.
func gather(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := registry.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		values[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	return values
}

func TestDisk(t *testing.T) {
	t.Parallel()
	values := gather(t, telemetry.NewDisk(t.TempDir()))
	free, size := values["turnout_data_disk_free_bytes"], values["turnout_data_disk_size_bytes"]
	if free <= 0 || size < free {
		t.Errorf("%v bytes of %v are free", free, size)
	}
	if values := gather(t, telemetry.NewDisk(filepath.Join(t.TempDir(), "nowhere"))); len(values) != 0 {
		t.Errorf("of a folder that is not there is known %v", values)
	}
}
