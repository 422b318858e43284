package reporting

import "testing"

// BenchmarkLoad reads all reports, as a start does.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile makes the statement of every report.
func BenchmarkCompile(b *testing.B) {
	catalog, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	reports := catalog.Reports()
	length := 0
	b.ReportAllocs()
	for b.Loop() {
		length = 0
		for _, report := range reports {
			length += len(report.compile())
		}
	}
	b.ReportMetric(float64(length)/float64(len(reports)), "bytes/statement")
}
