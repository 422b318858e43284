package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/doctor"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/telemetry"
	"github.com/turnout/turnout/internal/warehouse"
)

// doctorTime bounds each question to something that may not answer.
const doctorTime = 5 * time.Second

// examination is one run of the doctor.
type examination struct {
	app      *app
	cfg      config.Doctor
	running  bool // a program runs on the folder
	settings doctor.Settings
	findings []doctor.Finding
}

// Doctor measures the machine, the folder and, when they can be reached, the engines.
func Doctor(ctx context.Context, cfg config.Doctor, env Environment) (*doctor.Report, error) {
	x := &examination{app: newApp(cfg.Server, env, nil), cfg: cfg}
	err := x.app.once(ctx, func(ctx context.Context) error {
		x.disk()
		x.limits()
		x.versions()
		x.instance(ctx)
		x.engines(ctx)
		x.review()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return doctor.NewReport(x.findings), nil
}

func (x *examination) add(findings ...doctor.Finding) { x.findings = append(x.findings, findings...) }

func (x *examination) note(area, check string, state doctor.State, figure, advice string) {
	x.add(doctor.Note(area, check, state, figure, advice))
}

// disk measures where the data lies, or will lie.
func (x *examination) disk() {
	dir := x.cfg.Data
	for { // a folder that is to be made lies on the disk of the first one that is there
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	x.add(doctor.Disk(dir, uint64(x.cfg.DiskReserve))...)
	x.settings.DiskFree, x.settings.DiskSize, _ = telemetry.Room(dir) // unknown stays 0, and is told above
}

func (x *examination) limits() {
	memory, engine := embedded.MachineMemory(), uint64(x.cfg.EngineMemory)
	if x.cfg.ClickHouseURL != "" {
		engine = 1 // it runs elsewhere
	}
	x.add(doctor.Limits(memory, engine)...)
}

func (x *examination) versions() {
	x.note("versions", "turnout", doctor.OK, fmt.Sprintf("%s (%s, %s/%s)", x.app.env.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH), "")
	if x.cfg.NATSURL == "" {
		x.note("versions", "nats-server", doctor.OK, server.VERSION+" (embedded)", "")
	}
	if x.cfg.ClickHouseURL != "" {
		return
	}
	library, err := embedded.FindLibrary()
	if err != nil {
		x.note("versions", "engine", doctor.Problem, err.Error(), "make engine")
		return
	}
	x.note("versions", "engine", doctor.OK, library, "")
}

// instance asks the program that runs on the folder how it is.
func (x *examination) instance(ctx context.Context) {
	var err error
	if x.running, err = inUse(x.cfg.Data); errors.Is(err, fs.ErrNotExist) {
		x.note("instance", "running", doctor.Unknown, "there is no data folder yet", "")
		return
	} else if err != nil {
		x.note("instance", "running", doctor.Problem, err.Error(), "run the doctor as the user of the program")
		return
	}
	if !x.running {
		x.note("instance", "running", doctor.Unknown, "no: what only engines know is not told", "")
		return
	}
	raw, err := os.ReadFile(filepath.Join(x.cfg.Data, endpointsFile))
	var endpoints Endpoints
	if err == nil {
		err = json.Unmarshal(raw, &endpoints)
	}
	if err != nil {
		x.note("instance", "running", doctor.Warning, "it is starting or stopping", "ask again in a moment; the log says what it waits for")
		return
	}
	var health struct{ Version, Durability string }
	if _, err := ask(ctx, endpoints.HTTP+"/healthz", &health); err != nil {
		x.note("instance", "running", doctor.Problem, err.Error(), "the program holds its folder and does not answer: see its log, restart it")
		return
	}
	x.note("instance", "running", doctor.OK, health.Version+" at "+endpoints.HTTP, "")
	x.cfg.Durability = health.Durability // in force, whatever this command was told
	x.addresses(endpoints)
	var ready struct {
		Checks map[string]string `json:"checks"`
	}
	status, err := ask(ctx, endpoints.HTTP+"/readyz", &ready)
	if err != nil {
		x.note("instance", "ready", doctor.Problem, err.Error(), "see the log")
		return
	}
	if status == http.StatusOK {
		x.note("instance", "ready", doctor.OK, "every part", "")
	}
	for _, name := range slices.Sorted(mapKeys(ready.Checks)) {
		if state := ready.Checks[name]; state != "ok" {
			x.note("instance", name, doctor.Problem, state, "docs/operations.md says what to do; the log says more")
		}
	}
}

// addresses takes those in use for those that were told.
func (x *examination) addresses(endpoints Endpoints) {
	for address, told := range map[string]*string{endpoints.HTTP: &x.cfg.HTTP, endpoints.NATS: &x.cfg.NATS, endpoints.ClickHouse: &x.cfg.ClickHouse} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			*told = u.Host
		}
	}
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// ask reads a JSON answer, whatever its status.
func ask(ctx context.Context, url string, answer any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", url, err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return 0, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	return response.StatusCode, nil
}

// engines looks at what NATS and ClickHouse know, and at their clocks.
func (x *examination) engines(ctx context.Context) {
	var clocks []doctor.Clock
	elsewhere := config.Backup{Data: x.cfg.Data, Key: x.cfg.Key, Engines: config.Engines{NATSURL: x.cfg.NATSURL, ClickHouseURL: x.cfg.ClickHouseURL}}
	if x.running || elsewhere.Elsewhere() {
		if err := x.app.reach(ctx, &elsewhere); err != nil {
			x.note("instance", "NATS", doctor.Unknown, "not asked: "+err.Error(), "give a key with the scope admin as TURNOUT_KEY")
		}
		clocks = append(clocks, x.broker(ctx)...)
		clocks = append(clocks, x.warehouse(ctx)...)
	}
	x.add(doctor.Clocks(time.Now(), clocks...)...)
}

func (x *examination) broker(ctx context.Context) []doctor.Clock {
	if x.app.nc == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	if x.cfg.NATSURL != "" {
		x.note("versions", "nats-server", doctor.OK, x.app.nc.ConnectedServerVersion(), "")
	}
	clock := doctor.Read("NATS server", func() (time.Time, error) {
		events, err := x.app.js.Stream(ctx, stream.EventsStream)
		if err != nil {
			return time.Time{}, fmt.Errorf("ask the stream: %w", err)
		}
		info := events.CachedInfo()
		x.settings.StreamBytes = info.State.Bytes
		if info.Config.MaxBytes > 0 {
			x.cfg.StreamMaxBytes = config.Bytes(info.Config.MaxBytes)
		}
		return info.TimeStamp, nil
	})
	return []doctor.Clock{clock}
}

func (x *examination) warehouse(ctx context.Context) []doctor.Clock {
	if x.app.house == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	db, err := warehouse.Open(ctx, x.app.house.url, warehouse.Options{ReadOnly: true, MaxConns: 1})
	if err != nil {
		x.note("instance", "warehouse", doctor.Problem, err.Error(), "see the log of the program, or of the ClickHouse server")
		return nil
	}
	x.app.life.onStop("warehouse", func(context.Context) error { return db.Close() })
	x.tables(ctx, db)
	return []doctor.Clock{doctor.Read("ClickHouse", func() (time.Time, error) {
		var at time.Time
		err := db.Conn().QueryRow(ctx, "SELECT now64(6, 'UTC')").Scan(&at)
		return at, err //nolint:wrapcheck // it is shown beside the clock's name
	})}
}

// tables looks at what the warehouse is made of.
func (x *examination) tables(ctx context.Context, db *warehouse.DB) {
	var version string
	if err := db.Conn().QueryRow(ctx, "SELECT version()").Scan(&version); err == nil {
		x.note("versions", "ClickHouse", doctor.OK, version, "")
	}
	missing, unknown, err := db.Pending(ctx)
	switch {
	case err != nil:
		x.note("versions", "migrations", doctor.Unknown, err.Error(), "")
	case len(unknown) > 0:
		x.note("versions", "migrations", doctor.Problem, "applied by a newer program: "+strings.Join(unknown, ", "), "run the newer program: this one does not know these tables")
	case len(missing) > 0:
		x.note("versions", "migrations", doctor.Warning, "not applied yet: "+strings.Join(missing, ", "), "the consumer applies them when it starts; see its log when it does not")
	default:
		x.note("versions", "migrations", doctor.OK, "all applied", "")
	}
	var unsynced, broken uint64
	const syncs = "SELECT countIf(create_table_query NOT LIKE '%fsync_after_insert = 1%') FROM system.tables WHERE database = currentDatabase() AND name IN ('events', 'facts')"
	if err := db.Conn().QueryRow(ctx, syncs).Scan(&unsynced); err == nil && x.cfg.Durability != "balanced" && unsynced > 0 {
		x.note("settings", "tables' sync", doctor.Problem, fmt.Sprintf("%d tables do not sync what is inserted", unsynced), "start a consumer with --durability strict: it sets fsync_after_insert")
	}
	const set = "SELECT count() FROM system.detached_parts WHERE database = currentDatabase() AND startsWith(reason, 'broken')"
	if err := db.Conn().QueryRow(ctx, set).Scan(&broken); err == nil {
		state := doctor.OK
		if broken > 0 {
			state = doctor.Warning
		}
		x.note("disk", "broken parts set aside", state, strconv.FormatUint(broken, 10), "a write failed or a disk lies: run turnout audit --deep; when it is clean, remove the folders detached/broken*")
	}
}

// review looks at the settings, now that the instance has told its own.
func (x *examination) review() {
	s := &x.settings
	s.Durability, s.Embedded = x.cfg.Durability, x.cfg.NATSURL == ""
	s.StreamMaxBytes, s.DiskReserve = uint64(x.cfg.StreamMaxBytes), uint64(x.cfg.DiskReserve)
	path := filepath.Join(x.cfg.Data, auth.FileName)
	if keys, err := auth.Open(path); err != nil {
		x.note("settings", "keys", doctor.Problem, err.Error(), "repair or restore keys.json: the program does not start with a damaged one")
	} else {
		s.Keys = keys.Required()
	}
	if info, err := os.Stat(path); err == nil {
		s.KeysOpen = info.Mode().Perm()&0o077 != 0
	}
	for _, address := range []string{x.cfg.HTTP, x.cfg.NATS, x.cfg.ClickHouse} {
		if !config.IsLoopback(address) {
			s.OpenAddresses = append(s.OpenAddresses, address)
		}
	}
	x.add(doctor.Review(*s)...)
}
