package chdb_test

import (
	"testing"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/embedded/chdb"
)

// BenchmarkSteps times what the HTTP interface does for each request.
func BenchmarkSteps(b *testing.B) {
	path, err := embedded.FindLibrary()
	if err != nil {
		b.Fatal(err)
	}
	library, err := chdb.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	engine, err := library.Start(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer engine.Close()
	conn, err := engine.Conn()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	for name, step := range map[string]func() error{
		"connect": func() error {
			conn, err := engine.Conn()
			if err == nil {
				conn.Close()
			}
			return err
		},
		"use":      func() error { return conn.Exec("USE default") },
		"set":      func() error { return conn.Exec("SET log_comment = 'x'") },
		"classify": func() error { conn.Classify([]byte("SELECT 1")); return nil },
		"query":    func() error { return conn.Exec("SELECT 1") },
		"stream": func() error {
			stream, err := conn.Stream([]byte("SELECT 1"), "TSV")
			if err == nil {
				_, err = stream.Next()
				stream.Close()
			}
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
