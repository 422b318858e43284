package telemetry

import (
	"fmt"

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
	free, size, err := Room(d.dir)
	if err != nil {
		return
	}
	metrics <- prometheus.MustNewConstMetric(d.free, prometheus.GaugeValue, float64(free))
	metrics <- prometheus.MustNewConstMetric(d.size, prometheus.GaugeValue, float64(size))
}

// Room tells how many bytes this program may still write where dir lies, and how many there are in all.
func Room(dir string) (free, size uint64, err error) {
	var state unix.Statfs_t
	if err := unix.Statfs(dir, &state); err != nil {
		return 0, 0, fmt.Errorf("measure the disk of %s: %w", dir, err)
	}
	block := uint64(state.Bsize)
	return uint64(state.Bavail) * block, state.Blocks * block, nil //nolint:unconvert // its width differs by system
}
