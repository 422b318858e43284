package telemetry

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is the program's registry, with the Go runtime, the process and the
// build in it.
type Metrics struct {
	registry *prometheus.Registry
}

// NewMetrics makes a registry for a program of the given version.
func NewMetrics(version string) *Metrics {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "turnout_build_info", Help: "Always 1; the label tells which version runs.",
	}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build,
	)
	return &Metrics{registry: registry}
}

// Registerer takes the metrics of a stage.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// Handler answers a scrape.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, ErrorHandling: promhttp.HTTPErrorOnError, EnableOpenMetrics: true,
	})
}
