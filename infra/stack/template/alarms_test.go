package template_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"spool/shared/event"
)

// Each alarm tells somebody, when it begins and when it ends, and has a section in the runbook.
func TestDeployedAlarmsTellWhatToDo(t *testing.T) {
	runbook, err := os.ReadFile("../../runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(runbook), -1) {
		sections = append(sections, m[1])
	}
	alarms, notices, _ := strings.Cut(string(runbook), "\n# Notices\n")
	for _, part := range strings.Split(alarms, "\n## ")[1:] {
		for _, must := range []string{"**What it means.**", "hat to look at", "hat to do"} {
			if !strings.Contains(part, must) {
				t.Errorf("the runbook's section %.30q lacks %q", part, must)
			}
		}
	}
	model := deployed(t)
	for _, a := range model.Alarms {
		section, _ := strings.CutPrefix(a.Name, "spool-")
		i := slices.Index(sections, section)
		if i < 0 || !strings.Contains(a.AlarmDescription, "infra/runbook.md, under "+section+".") {
			t.Errorf("%s, named %s, has no section in the runbook, or does not name it: %s", a.ID, a.Name, a.AlarmDescription)
			continue
		}
		sections = slices.Delete(sections, i, i+1)
		if len(a.AlarmActions) != 1 || !slices.Equal(a.AlarmActions, a.OKActions) {
			t.Errorf("%s tells %v when it begins, and %v when it ends", a.ID, a.AlarmActions, a.OKActions)
		}
	}
	if len(sections) > 0 {
		t.Errorf("the runbook has sections of no alarm: %v", sections)
	}
	for _, kind := range event.Kinds() {
		if !strings.Contains(notices, "\n| `"+string(kind)+"` | ") {
			t.Errorf("the runbook says nothing of the notice %s", kind)
		}
	}
	if n := len(model.Alarms); n > 15 {
		t.Errorf("%d alarms cost $%.2f a month: each beyond the tenth costs $0.10", n, float64(n-10)/10)
	}
}

// A function that fails, or comes near its time-out, is counted.
func TestDeployedFunctionsAreWatched(t *testing.T) {
	model := deployed(t)
	limit := regexp.MustCompile(`durationMs > ([0-9]+)`)
	for _, f := range model.Functions {
		watched := false
		for _, filter := range model.Filters {
			if filter.LogGroupName != f.LogGroup {
				continue
			}
			watched = true
			m := limit.FindStringSubmatch(filter.FilterPattern)
			if m == nil || !strings.Contains(filter.FilterPattern, `$.record.status != "success"`) {
				t.Errorf("%s: the filter %s counts no failures", f.ID, filter.FilterPattern)
				continue
			}
			ms, err := strconv.Atoi(m[1])
			if near := time.Duration(ms) * time.Millisecond; err != nil || near < f.Timeout*4/5 || near >= f.Timeout {
				t.Errorf("%s: %v counts as near the time-out of %v", f.ID, near, f.Timeout)
			}
		}
		if !watched {
			t.Errorf("nobody counts the failures of %s", f.ID)
		}
	}
}

// The dashboard is JSON, and has each of Spool's own metrics.
func TestDeployedDashboardShowsEverything(t *testing.T) {
	text, err := os.ReadFile("../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources struct {
			Dashboard struct {
				Properties struct {
					DashboardBody yaml.Node `yaml:"DashboardBody"`
				} `yaml:"Properties"`
			} `yaml:"Dashboard"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	body := template.Resources.Dashboard.Properties.DashboardBody.Value
	var dashboard struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if err := json.Unmarshal([]byte(body), &dashboard); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	shown := map[string]bool{}
	metrics := 0
	for _, w := range dashboard.Widgets {
		for _, m := range w.Properties.Metrics {
			metrics++
			if m[0] == "Spool" {
				shown[m[1].(string)] = true
			}
		}
	}
	if metrics > 50 {
		t.Errorf("%d metrics: beyond 50 a dashboard costs $3 a month", metrics)
	}
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "metric", "metric.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`Name = "([A-Za-z]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(names) < 20 {
		t.Fatalf("shared/metric has %d metrics", len(names))
	}
	for _, n := range names {
		if !shown[n[1]] {
			t.Errorf("the dashboard does not show %s", n[1])
		}
	}
}
