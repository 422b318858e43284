package deployment_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// metricName finds our metrics in an expression.
var metricName = regexp.MustCompile(`\bturnout_[a-z0-9_]+`)

// declared gives the metric names that the program's sources declare.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	literal := regexp.MustCompile(`Name:\s*"(turnout_[a-z0-9_]+)"|NewDesc\(\s*"(turnout_[a-z0-9_]+)"|"(turnout_[a-z0-9_]+)",\s*"[A-Z]`)
	names := map[string]bool{}
	for _, folder := range []string{"producers", "consumers", "dashboards", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, match := range literal.FindAllStringSubmatch(string(content), -1) {
				names[match[1]+match[2]+match[3]] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func checkMetrics(t *testing.T, where, expression string, known map[string]bool) {
	t.Helper()
	for _, name := range regexp.MustCompile(`\bturnout:[a-z0-9_:]+`).FindAllString(expression, -1) {
		if !strings.Contains(read(t, "dashboards/prometheus/recording.yml"), "record: "+name+"\n") {
			t.Errorf("%s: nothing records %s", where, name)
		}
	}
	for _, name := range metricName.FindAllString(expression, -1) {
		base := name
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if trimmed, found := strings.CutSuffix(name, suffix); found && known[trimmed] {
				base = trimmed
			}
		}
		if !known[base] {
			t.Errorf("%s: no part of the program declares the metric %s", where, name)
		}
	}
}

func TestAlertsAskForMetricsThatExist(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "dashboards/prometheus/alerts.yml")), &file); err != nil {
		t.Fatal(err)
	}
	known := declared(t)
	const tests = "dashboards/prometheus/tests/"
	tested := read(t, tests+"alerts_test.yml") + read(t, tests+"recording_test.yml") + read(t, tests+"room_test.yml")
	count := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			count++
			checkMetrics(t, rule.Alert, rule.Expr, known)
			if !regexp.MustCompile(`alertname: ` + rule.Alert + `\n +eval_time: \S+\n +exp_alerts:[^\n]*\n +- exp_labels`).MatchString(tested) {
				t.Errorf("%s has no test in which it fires", rule.Alert)
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["action"] == "" {
				t.Errorf("%s does not say what is wrong and what to do", rule.Alert)
			}
		}
	}
	if count < 3 {
		t.Errorf("%d alerts", count)
	}
}

func TestDashboardsAskForMetricsThatExist(t *testing.T) {
	boards, err := filepath.Glob(filepath.Join(root, "dashboards", "grafana", "boards", "*.json"))
	if err != nil || len(boards) == 0 {
		t.Fatalf("%d dashboards, %v", len(boards), err)
	}
	known := declared(t)
	for _, path := range boards {
		var board struct {
			Panels []struct {
				Title   string `json:"title"`
				Targets []struct {
					Expr string `json:"expr"`
				} `json:"targets"`
			} `json:"panels"`
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				checkMetrics(t, panel.Title, target.Expr, known)
			}
		}
	}
}

func TestPrometheusReadsEveryRoleWithItsKey(t *testing.T) {
	var file struct {
		ScrapeConfigs []struct {
			Authorization struct {
				CredentialsFile string `yaml:"credentials_file"`
			} `yaml:"authorization"`
			DNS []struct {
				Names []string `yaml:"names"`
				Port  int      `yaml:"port"`
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "dashboards/prometheus/prometheus.yml")), &file); err != nil {
		t.Fatal(err)
	}
	roles := compose(t).ours()
	scrape := file.ScrapeConfigs[0]
	if len(scrape.DNS[0].Names) != len(roles) || scrape.DNS[0].Port != 8080 {
		t.Errorf("Prometheus reads %v", scrape.DNS[0])
	}
	for _, name := range scrape.DNS[0].Names {
		if _, found := roles[name]; !found {
			t.Errorf("Prometheus reads %s, which is no role", name)
		}
	}
	secret, found := strings.CutPrefix(scrape.Authorization.CredentialsFile, "/run/secrets/")
	if _, declared := compose(t).Secrets[secret]; !found || !declared {
		t.Errorf("the key's file is %s", scrape.Authorization.CredentialsFile)
	}
}

// TestBoardsFindTheirSources holds the provisioned data sources against the plugins
// that boards choose theirs from, and the plugins against those that are installed.
func TestBoardsFindTheirSources(t *testing.T) {
	var sources struct {
		Datasources []struct {
			Type     string `yaml:"type"`
			JSONData struct {
				Username string `yaml:"username"`
			} `yaml:"jsonData"`
		} `yaml:"datasources"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "dashboards/grafana/provisioning/datasources/datasources.yml")), &sources); err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, source := range sources.Datasources {
		types[source.Type] = true
	}
	paths, err := filepath.Glob(filepath.Join(root, "dashboards", "grafana", "boards", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := regexp.MustCompile(`"type": "datasource"`)
	for _, path := range paths {
		var board struct {
			Templating struct {
				List []struct {
					Type  string `json:"type"`
					Query string `json:"query"`
				} `json:"list"`
			} `json:"templating"`
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !wanted.Match(content) {
			t.Errorf("%s chooses no data source", path)
		}
		for _, variable := range board.Templating.List {
			if variable.Type == "datasource" && !types[variable.Query] {
				t.Errorf("%s: no data source of type %s is provisioned", path, variable.Query)
			}
		}
	}
	installed := compose(t).Services["grafana"].Environment["GF_PLUGINS_PREINSTALL_SYNC"]
	if !strings.Contains(installed, "grafana-clickhouse-datasource") {
		t.Errorf("Grafana installs %q, not the plugin for ClickHouse", installed)
	}
}
