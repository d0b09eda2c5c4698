package tweet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vectors reads a file of the twitter-text conformance suite.
func vectors[T any](t *testing.T, name string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "twitter-text", name))
	if err != nil {
		t.Fatal(err)
	}
	var cases []T
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s holds no cases", name)
	}
	return cases
}

func TestConformanceOfCounting(t *testing.T) {
	type vector struct {
		Config, Description, Text          string
		WeightedLength, Permillage         int
		Valid                              bool
		DisplayRangeStart, DisplayRangeEnd int
		ValidRangeStart, ValidRangeEnd     int
	}
	all := vectors[vector](t, "weighted.json")
	// A case of configuration 2 whose text is also one of configuration 3 is superseded.
	superseded := map[string]bool{}
	for _, v := range all {
		if v.Config == "v3" {
			superseded[v.Text] = true
		}
	}
	for _, v := range all {
		if v.Config != "v3" && superseded[v.Text] {
			continue
		}
		t.Run(v.Config+" "+v.Description, func(t *testing.T) {
			want := Count{
				Weighted: v.WeightedLength, Limit: StandardLimit, Valid: v.Valid, Permillage: v.Permillage,
				DisplayStart: v.DisplayRangeStart, DisplayEnd: v.DisplayRangeEnd,
				ValidStart: v.ValidRangeStart, ValidEnd: v.ValidRangeEnd,
			}
			if got := Weigh(v.Text, StandardLimit); got != want {
				t.Errorf("Weigh(%q)\n got %+v\nwant %+v", v.Text, got, want)
			}
			if got := WeightedLength(v.Text); got != v.WeightedLength {
				t.Errorf("WeightedLength(%q) = %d, want %d", v.Text, got, v.WeightedLength)
			}
		})
	}
}

func TestConformanceOfLinks(t *testing.T) {
	type vector struct {
		Section, Description, Text string
		URLs                       json.RawMessage
	}
	for _, v := range vectors[vector](t, "urls.json") {
		t.Run(v.Description, func(t *testing.T) {
			var want []string
			if err := json.Unmarshal(v.URLs, &want); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range Links(v.Text) {
				got = append(got, l.Text)
				if v.Text[l.Start:l.End] != l.Text {
					t.Errorf("offsets %d–%d do not hold %q", l.Start, l.End, l.Text)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("Links(%q) = %q, want %q", v.Text, got, want)
			}
		})
	}
}

// The cases for tweets were written for 140 characters; those that were too long then are
// not now. The cases for URLs test a validator of single URLs, which X does not count with.
func TestConformanceOfValidity(t *testing.T) {
	type vector struct {
		Section, Description, Text string
		Valid                      bool
	}
	is := func(kind Kind, list bool) func(text string) bool {
		return func(text string) bool {
			found := Entities(text)
			return len(found) == 1 && found[0].Kind == kind && found[0].Text == text && strings.Contains(text, "/") == list
		}
	}
	valid := map[string]func(text string) bool{
		"tweets":                func(text string) bool { return Weigh(text, StandardLimit).Valid },
		"usernames":             is(KindMention, false),
		"lists":                 is(KindMention, true),
		"hashtags":              is(KindHashtag, false),
		"urls_without_protocol": func(text string) bool { l := Links(text); return len(l) == 1 && l[0].Text == text },
	}
	for _, v := range vectors[vector](t, "validate_other.json") {
		check := valid[v.Section]
		if check == nil || v.Section == "tweets" && strings.Contains(v.Description, "141") {
			continue
		}
		t.Run(v.Section+" "+v.Description, func(t *testing.T) {
			if got := check(v.Text); got != v.Valid {
				t.Errorf("%q is valid: %v, want %v", v.Text, got, v.Valid)
			}
		})
	}
}
