package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// disk measures the disk that holds a folder, when it is asked. What cannot be
// measured is left out of the scrape.
type disk struct {
	dir        string
	free, size *prometheus.Desc
}

// NewDisk tells how much room there is where dir lies, in bytes: free is what this
// program may still write, size the whole.
func NewDisk(dir string) prometheus.Collector {
	return &disk{
		dir:  dir,
		free: prometheus.NewDesc("turnout_data_disk_free_bytes", "Room left for the program on the disk of the data folder.", nil, nil),
		size: prometheus.NewDesc("turnout_data_disk_size_bytes", "Size of the disk of the data folder.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (d *disk) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- d.free
	descriptions <- d.size
}

// Collect implements prometheus.Collector.
func (d *disk) Collect(metrics chan<- prometheus.Metric) {
	var state unix.Statfs_t
	if err := unix.Statfs(d.dir, &state); err != nil {
		return
	}
	block := float64(state.Bsize)
	metrics <- prometheus.MustNewConstMetric(d.free, prometheus.GaugeValue, float64(state.Bavail)*block)
	metrics <- prometheus.MustNewConstMetric(d.size, prometheus.GaugeValue, float64(state.Blocks)*block)
}
