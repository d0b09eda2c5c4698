package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The markers between which README.md has the table.
const (
	begin = "<!-- bench: `make bench RECORD=yes` writes what follows -->\n"
	end   = "<!-- bench: end -->"
)

// Text is the report in Markdown: the machine, the table, the notes.
func (r Report) Text() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "Measured on %s: %d cores of %s, %s, %s, Node.js %s; load %.2f at the start, %s in all.\n\n",
		r.Day, m.Cores, m.CPU, m.OS, m.Go, m.Node, r.Load, r.Took.Round(time.Second))
	b.WriteString("| | Spool | beside it | ratio | bar |\n|---|---|---|---|---|\n")
	for _, family := range r.families() {
		fmt.Fprintf(&b, "| **%s** | | | | |\n", family)
		for _, row := range r.Rows {
			if row.Family == family {
				b.WriteString(row.line())
			}
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\n- %s", n)
	}
	if len(r.Notes) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// families are those of the rows, as they come first.
func (r Report) families() (names []string) {
	for _, row := range r.Rows {
		if !slices.Contains(names, row.Family) {
			names = append(names, row.Family)
		}
	}
	return names
}

// line is the row in the table.
func (r Row) line() string {
	beside, ratio, bar := "", "", ""
	if r.Beside != 0 {
		beside, ratio = amount(r.Beside, r.Unit)+": "+r.Against, number(r.Ratio())
	}
	if r.Bar != 0 {
		sign, unit := "≤", ""
		if r.More {
			sign = "≥"
		}
		if r.OnValue {
			unit = r.Unit
		}
		bar = sign + " " + amount(r.Bar, unit)
		if r.Missed() {
			bar += ", missed"
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", r.Name, amount(r.Value, r.Unit), beside, ratio, bar)
}

// String tells the row on one line.
func (r Row) String() string {
	text := fmt.Sprintf("%s: %s: %s", r.Family, r.Name, amount(r.Value, r.Unit))
	if r.Beside != 0 {
		text += fmt.Sprintf("; %s: %s; ratio %.3f", r.Against, amount(r.Beside, r.Unit), r.Ratio())
	}
	if r.Missed() {
		text += "; misses its bar"
	}
	return text
}

// amount writes a figure with its unit.
func amount(n float64, unit string) string {
	if unit == "" {
		return number(n)
	}
	if unit == "$" {
		return "$" + number(n)
	}
	return number(n) + " " + unit
}

// number writes a figure with three digits that say something, and large ones in whole.
func number(n float64) string {
	switch {
	case n == float64(int64(n)) && n < 1e9:
		return fmt.Sprintf("%d", int64(n))
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	case n >= 10:
		return fmt.Sprintf("%.1f", n)
	case n >= 0.1:
		return fmt.Sprintf("%.3f", n)
	default:
		return fmt.Sprintf("%.2g", n)
	}
}

// Insert puts the report into a README, in place of the one between the markers.
func (r Report) Insert(readme string) (string, error) {
	before, _, after, err := cut(readme)
	return before + begin + r.Text() + end + after, err
}

// Inserted gives the text of the report that a README has.
func Inserted(readme string) (string, error) {
	_, text, _, err := cut(readme)
	return text, err
}

// cut takes a README apart at the markers.
func cut(readme string) (before, between, after string, err error) {
	before, rest, ok := strings.Cut(readme, begin)
	between, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		err = errors.New("README.md has no markers for the table: " + strings.TrimSpace(begin) + " … " + end)
	}
	return before, between, after, err
}
