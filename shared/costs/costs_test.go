package costs_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"spool/infra/stack/template"
	"spool/shared/costs"
	"spool/shared/dynamo"
	"spool/shared/vault"
)

var update = flag.Bool("update", false, "write the tables into README.md and infra/scale.md")

const (
	readme = "../../README.md"
	scale  = "../../infra/scale.md"
)

// The README's figures, and those of how Spool grows, are the calculator's.
func TestThePagesHaveTheCalculatorsTables(t *testing.T) {
	isIn(t, readme, costs.Table())
	isIn(t, scale, costs.CostTable())
	isIn(t, scale, costs.EndTable(settings(t)))
}

// isIn holds a page to a table, which is told by its first line and ends with an empty one.
func isIn(t *testing.T, page, table string) {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	head, _, _ := strings.Cut(table, "\n")
	from := strings.Index(text, head)
	if from < 0 {
		t.Fatalf("%s has no table %s", page, head)
	}
	to := from + strings.Index(text[from:], "\n\n") + 1
	if *update {
		if err := os.WriteFile(page, []byte(text[:from]+table+text[to:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := text[from:to]; got != table {
		t.Errorf("%s has\n%s\nand the calculator\n%s\nRun: go test ./shared/costs -update", page, got, table)
	}
}

// settings are those of the template and the code.
func settings(t *testing.T) costs.Settings {
	t.Helper()
	parsed, err := template.Load("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.Resolve(template.Settings{
		Stack: "spool", Parameters: map[string]string{"AdminKeyHash": strings.Repeat("0", 64)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := costs.Settings{
		Shards: dynamo.Shards, Renewers: vault.SweepWorkers,
		WatchSeconds: model.Function("NotifyFunction").Timeout.Seconds(),
	}
	for _, m := range model.Mappings {
		if m.Function == "PublishFunction" {
			s.Workers, s.Batch = m.MaximumConcurrency, m.BatchSize
		}
	}
	for _, r := range model.Routes {
		if strings.HasPrefix(r.Key, "ANY /v1/") {
			s.Requests = r.Throttle.Rate
		}
	}
	for _, r := range model.Schedules {
		if r.Function == "RefreshFunction" {
			reserve := vault.Defaults().Lease + 10*time.Second // as package app has it
			s.RefreshSeconds = (model.Function(r.Function).Timeout - reserve).Seconds()
			s.RefreshEvery = r.Every.Seconds()
		}
	}
	return s
}

func TestAMonthWithoutPostsIsBelowADollarFiftyInTheFirstYear(t *testing.T) {
	_, dollars, whole := costs.Idle(1, 1).Bill()
	if dollars >= 1.5 || dollars < 1 || whole < dollars {
		t.Errorf("it costs $%.2f, and $%.2f where nothing is free any more", dollars, whole)
	}
}

// A thousand threads cost cents, once what is free each month is used for what Spool does without any.
func TestAThousandThreadsCostLessThanFiveCents(t *testing.T) {
	lines, _, _ := costs.Idle(1, 1).Bill()
	before := sum(lines)
	lines, _, _ = costs.Idle(1, 1).Plus(costs.Thread(10).Times(1000)).Bill()
	if more := sum(lines) - before; more <= 0 || more >= 0.05 {
		t.Errorf("a thousand threads of ten tweets cost $%.4f", more)
	}
}

func sum(lines []costs.Line) (dollars float64) {
	for _, l := range lines {
		dollars += l.Dollars
	}
	return dollars
}

// Each of the first two rotations of the key costs a dollar a month more, and no later one.
func TestRotationsCost(t *testing.T) {
	before := 0.0
	for year, more := range map[int]float64{2: 1, 3: 1, 4: 0} {
		_, before, _ = costs.Idle(year-1, 1).Bill()
		if _, now, _ := costs.Idle(year, 1).Bill(); now-before < more-1e-9 || now-before > more+1e-9 {
			t.Errorf("year %d costs $%.4f a month more than the one before, want $%.0f", year, now-before, more)
		}
	}
}

// What is free each month is taken off once, however much is used.
func TestWhatIsFreeIsTakenOff(t *testing.T) {
	u := costs.Usage{costs.SQSRequests: 1_500_000, costs.WriteUnits: 1_000_000}
	lines, dollars, whole := u.Plus(u).Bill()
	if len(lines) != 2 || dollars != 2*0.4+2*0.625 || whole != 3*0.4+2*0.625 {
		t.Errorf("%+v, $%v, $%v", lines, dollars, whole)
	}
}
