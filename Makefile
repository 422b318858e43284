# Everything a clean clone needs is installed by the scripts that need it.
# A target's help is the text behind its ##.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

version := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
web := dashboards/web
web-sources := $(shell find $(web) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.go')

.PHONY: help demo up build engine web test test-go test-web test-browser bench curves bench-go torture soak check lint fmt clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build engine ## Start Turnout, load the examples, print the attendance report, stay up
	@scripts/demo

up: build engine ## Start Turnout on ./data, without examples
	@exec bin/turnout up

build: web ## Build bin/turnout with the page in it
	@mkdir -p bin
	go build -trimpath -ldflags "-X main.version=$(version)" -o bin/turnout .

engine: ## Fetch the embedded ClickHouse engine, once, into the cache
	@scripts/fetch-engine

web: $(web)/dist/index.html ## Build the page

$(web)/dist/index.html: $(web)/node_modules/.package-lock.json $(web-sources)
	cd $(web) && npm run build
	@touch $@

$(web)/node_modules/.package-lock.json: $(web)/package-lock.json
	cd $(web) && npm ci --no-audit --no-fund
	@touch $@

test: ## Run every test: Go, the page, the browser
	@scripts/test

test-go: build engine ## Run the Go tests only
	go test ./...

test-web: $(web)/node_modules/.package-lock.json ## Run the page's unit tests only
	cd $(web) && npm test

test-browser: build engine ## Run the browser tests only
	e2e/browser/run

bench: build engine ## Measure this machine; ARGS="--quick", "--full --docs docs" or others of turnout bench
	@bin/turnout bench $(ARGS)

curves: build engine ## Measure everything, and write docs/benchmarks.md and its pictures; under half an hour, 16 GB of disk
	@bin/turnout bench --full --docs docs $(ARGS)

bench-go: engine ## Run the Go benchmarks of each stage
	go test -run '^$$' -bench . -benchmem ./...

check: ## What CI runs: every test, every linter, the formats
	@scripts/check

lint: ## Run the linters only
	@scripts/lint

fmt: ## Format the Go files
	gofmt -w $$(git ls-files '*.go')

torture: build engine ## Break it for MINUTES (or ROUNDS), by SEED; ROUND plays one round again, KIND one kind
	go run ./e2e/faults/torture -minutes $(or $(MINUTES),0) -rounds $(or $(ROUNDS),0) -seed $(or $(SEED),0) -round $(or $(ROUND),0) -kind "$(KIND)" -small=$(or $(SMALL),false) -houses $(or $(HOUSES),2)

soak: build engine ## A steady RATE for MINUTES with faults: is what is held flat?
	go run ./e2e/faults/torture -soak -minutes $(or $(MINUTES),30) -rate $(or $(RATE),200) -seed $(or $(SEED),0)

clean: ## Remove what was built, but not ./data and not the cache
	rm -rf bin $(web)/node_modules
	find $(web)/dist -mindepth 1 -not -name .gitkeep -delete
