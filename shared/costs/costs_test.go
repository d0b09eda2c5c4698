package costs_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"spool/shared/costs"
)

var update = flag.Bool("update", false, "write the table into README.md")

const readme = "../../README.md"

// The README's figures are those of the calculator.
func TestTheReadmeHasTheCalculatorsTable(t *testing.T) {
	raw, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	const head = "| | AWS | where"
	from := strings.Index(text, head)
	if from < 0 {
		t.Fatal("README.md has no table of costs")
	}
	to := from + strings.Index(text[from:], "\n\n") + 1
	if *update {
		if err := os.WriteFile(readme, []byte(text[:from]+costs.Table()+text[to:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := text[from:to]; got != costs.Table() {
		t.Errorf("README.md has\n%s\nand the calculator\n%s\nRun: go test ./shared/costs -update", got, costs.Table())
	}
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
