package xsim

import (
	"slices"
	"strings"
	"testing"
)

func TestLinksThatAreFound(t *testing.T) {
	for text, want := range map[string][]string{
		"no link at all":                       nil,
		"https://example.com":                  {"https://example.com"},
		"see (https://example.com/a_b?c=d#e).": {"https://example.com/a_b?c=d#e"},
		"HTTP://EXAMPLE.COM/x, then more":      {"HTTP://EXAMPLE.COM/x"},
		"go.dev and pkg.go.dev/net/http":       {"go.dev", "pkg.go.dev/net/http"},
		"ada@example.com":                      nil,
		"version 1.2.3, e.g. this.":            nil,
		"file main.go":                         nil,
		"@example.com":                         nil,
		"https://a.example/«x» y":              {"https://a.example/«x"},
	} {
		var got []string
		for _, s := range findLinks(text) {
			got = append(got, text[s.Start:s.End])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

func TestWeights(t *testing.T) {
	for text, want := range map[string]int{
		"":                           0,
		"abc":                        3,
		"日本":                         4,
		"cafe\u0301":                 4,
		"“quoted” — dash":            15,
		"👋":                          2,
		"see https://example.com":    27,
		strings.Repeat("go.dev ", 2): 48,
	} {
		if got := weigh(text, findLinks(text)); got != want {
			t.Errorf("%q weighs %d, want %d", text, got, want)
		}
	}
}

func TestCashtags(t *testing.T) {
	for text, want := range map[string]int{
		"$AAPL":          1,
		"$AAPL $MSFT":    2,
		"($AAPL,$BRK.B)": 2,
		"$5 and $10,000": 0,
		"a$AAPL":         0,
		"$TOOLONGTAG":    0,
		"US$ and $":      0,
	} {
		if got := cashtags(text); len(got) != want {
			t.Errorf("%q has cashtags %q, want %d", text, got, want)
		}
	}
}
