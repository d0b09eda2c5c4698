package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"spool/infra/bench/report"
)

func TestPercentilesAreOfTheValuesThemselves(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	for _, tc := range []struct {
		of     []time.Duration
		p      float64
		want   time.Duration
		reason string
	}{
		{nil, 50, 0, "there is none"},
		{[]time.Duration{7}, 99, 7, "one value is all percentiles"},
		{hundred, 50, 50, "half of them are at most 50"},
		{hundred, 99, 99, "one is above"},
		{hundred, 100, 100, "the largest"},
		{[]time.Duration{1, 2, 3}, 50, 2, "the middle"},
		{[]time.Duration{1, 2, 3}, 0, 1, "the smallest"},
	} {
		if got := report.Percentile(tc.p, tc.of); got != tc.want {
			t.Errorf("p%v of %d values is %d, want %d: %s", tc.p, len(tc.of), got, tc.want, tc.reason)
		}
	}
	if hundred[0] != 100 {
		t.Error("the values were sorted in place")
	}
}

func TestMedian(t *testing.T) {
	for want, of := range map[float64][]float64{0: nil, 2: {3, 1, 2}, 2.5: {4, 1, 3, 2}, 9: {9}} {
		if got := report.Median(of); got != want {
			t.Errorf("the median of %v is %v, want %v", of, got, want)
		}
	}
}

// of makes a report of rows of one family.
func of(rows ...report.Row) report.Report {
	for i := range rows {
		rows[i].Family = "speed"
	}
	return report.Report{Rows: rows}
}

func TestCheck(t *testing.T) {
	row := func(name string, value float64, change ...func(*report.Row)) report.Row {
		r := report.Row{Name: name, Value: value, Beside: 100}
		for _, c := range change {
			c(&r)
		}
		return r
	}
	more := func(r *report.Row) { r.More = true }
	lenient := func(r *report.Row) { r.Tolerance = 0.3 }
	alone := func(r *report.Row) { r.Beside = 0 }
	for name, tc := range map[string]struct {
		recorded, run report.Report
		want          []string // parts of what is said; none: all is well
	}{
		"a ratio that is as it was":       {of(row("a", 100)), of(row("a", 100)), nil},
		"worse by less than a tenth":      {of(row("a", 100)), of(row("a", 109)), nil},
		"worse by more":                   {of(row("a", 100)), of(row("a", 112)), []string{"speed, a: the ratio is 1.120, and 1.000 is recorded: worse by 12 %"}},
		"much better":                     {of(row("a", 100)), of(row("a", 10)), nil},
		"more is better, and it is less":  {of(row("a", 100, more)), of(row("a", 80, more)), []string{"worse by 25 %"}},
		"more is better, and it is":       {of(row("a", 100, more)), of(row("a", 180, more)), nil},
		"a row that varies more":          {of(row("a", 100)), of(row("a", 125, lenient)), nil},
		"a row that varies more, too far": {of(row("a", 100)), of(row("a", 140, lenient)), []string{"30 % are tolerated"}},
		"figures without a ratio":         {of(row("a", 100, alone)), of(row("a", 900, alone)), nil},
		"a row that is not measured":      {of(row("a", 1), row("b", 1)), of(row("b", 1)), []string{"speed, a: it is recorded, and was not measured"}},
		"a row that is not recorded":      {of(row("a", 1)), of(row("a", 1), row("b", 1)), []string{"speed, b: it is not recorded yet"}},
		"a family that is not measured":   {of(row("a", 1)), report.Report{}, nil},
		"two that are worse":              {of(row("a", 1), row("b", 1)), of(row("a", 2), row("b", 2)), []string{"speed, a", "speed, b"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := report.Check(tc.recorded, tc.run)
			if (err == nil) != (tc.want == nil) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %q, want %q in it", err, part)
				}
			}
		})
	}
}

func TestRowsThatMissTheirBars(t *testing.T) {
	for name, tc := range map[string]struct {
		row  report.Row
		want bool
	}{
		"no bar":                     {report.Row{Value: 9, Beside: 1}, false},
		"a ratio at its bar":         {report.Row{Value: 103, Beside: 100, Bar: 1.03}, false},
		"a ratio over its bar":       {report.Row{Value: 104, Beside: 100, Bar: 1.03}, true},
		"more is better, and enough": {report.Row{Value: 40, Beside: 1, Bar: 30, More: true}, false},
		"more is better, too little": {report.Row{Value: 20, Beside: 1, Bar: 30, More: true}, true},
		"a value over its bar":       {report.Row{Value: 2, Bar: 1, OnValue: true}, true},
		"a value below its bar":      {report.Row{Value: 0.5, Beside: 0.1, Bar: 1, OnValue: true}, false},
	} {
		if got := tc.row.Missed(); got != tc.want {
			t.Errorf("%s: missed is %v", name, got)
		}
	}
}

var whole = report.Report{
	Day: "2026-11-27", Load: 0.25, Took: 5*time.Minute + 400*time.Millisecond,
	Machine: report.Machine{Cores: 2, CPU: "Some CPU", OS: "linux/amd64", Go: "go1.26", Node: "20.1"},
	Rows: []report.Row{
		{Family: "durability", Name: "25 tweets", Value: 2.531, Unit: "s", Beside: 2.412, Against: "bare", Bar: 1.03},
		{Family: "cost", Name: "1,000 threads", Value: 0.01712, Unit: "$"},
		{Family: "durability", Name: "at 200 ms", Value: 5, Unit: "s", Beside: 5, Against: "bare", Bar: 1.03},
		{Family: "text", Name: "English", Value: 130.2, Unit: "MB/s", Beside: 3.21, Against: "official", More: true, Bar: 30},
		{Family: "text", Name: "p99", Value: 0.85, Unit: "s", Bar: 1, OnValue: true},
	},
	Notes: []string{"The first note.", "The second."},
}

const wholeText = `Measured on 2026-11-27: 2 cores of Some CPU, linux/amd64, go1.26, Node.js 20.1; load 0.25 at the start, 5m0s in all.

| | Spool | beside it | ratio | bar |
|---|---|---|---|---|
| **durability** | | | | |
| 25 tweets | 2.531 s | 2.412 s: bare | 1.049 | ≤ 1.030, missed |
| at 200 ms | 5 s | 5 s: bare | 1 | ≤ 1.030 |
| **cost** | | | | |
| 1,000 threads | $0.017 |  |  |  |
| **text** | | | | |
| English | 130 MB/s | 3.210 MB/s: official | 40.6 | ≥ 30 |
| p99 | 0.850 s |  |  | ≤ 1 s |

- The first note.
- The second.
`

func TestTheTable(t *testing.T) {
	if got := whole.Text(); got != wholeText {
		t.Errorf("got\n%s\nwant\n%s", got, wholeText)
	}
}

func TestTheTableTakesThePlaceOfTheOneBefore(t *testing.T) {
	const begin, end = "<!-- bench: `make bench RECORD=yes` writes what follows -->\n", "<!-- bench: end -->"
	got, err := whole.Insert("before\n" + begin + "old\n" + end + "\nafter\n")
	if want := "before\n" + begin + wholeText + end + "\nafter\n"; err != nil || got != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
	again, err := whole.Insert(got)
	if err != nil || again != got {
		t.Errorf("the second time it is another: %v\n%s", err, again)
	}
	for _, broken := range []string{"", begin, end, end + begin} {
		if _, err := whole.Insert(broken); err == nil {
			t.Errorf("%q has no place for a table, and that is not said", broken)
		}
	}
}

func TestARowOnOneLine(t *testing.T) {
	var got []string
	for _, r := range whole.Rows[:3] {
		got = append(got, r.String())
	}
	want := []string{
		"durability: 25 tweets: 2.531 s; bare: 2.412 s; ratio 1.049; misses its bar",
		"cost: 1,000 threads: $0.017",
		"durability: at 200 ms: 5 s; bare: 5 s; ratio 1.000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
