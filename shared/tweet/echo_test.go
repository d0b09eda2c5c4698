package tweet

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestSimilarity(t *testing.T) {
	for _, tc := range []struct {
		name, a, b string
		want       float64
	}{
		{"the same", "We open the new store today", "We open the new store today", 1},
		{"but for case and signs", "We open — the NEW store, today!", "we open the new store today", 1},
		{"but for the order of words", "today we open the new store", "we open the new store today", 1},
		{"but for one of five", "we open the new store", "we open the old store", 0.8},
		{"but for links", "we open today https://a.com/x", "we open today https://b.com/y", 1},
		{"a word counts as often as it is there", "go go go", "go", 0.5},
		{"nothing in common", "we open today", "they shut tomorrow", 0},
		{"no words", "🎉🎉", "🎉", 0},
		{"a script that does not divide words", "今日は新しい店を開きます", "今日は新しい店を開きました", 2 * 11.0 / 25},
		{"marks on letters", "cafe\u0301 noir", "caf\u00e9 noir", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, pair := range [][2]string{{tc.a, tc.b}, {tc.b, tc.a}} {
				if got := Similarity(pair[0], pair[1]); math.Abs(got-tc.want) > 1e-9 {
					t.Errorf("%q and %q: got %v, want %v", pair[0], pair[1], got, tc.want)
				}
			}
		})
	}
}

func TestEchoes(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.FixedZone("CET", 3600))
	own := func(out bool, texts ...string) Said {
		return Said{PostID: "P1", AccountID: "1", Username: "ada", Own: true, Out: out, At: at, Texts: texts}
	}
	other := func(texts ...string) Said {
		return Said{PostID: "P2", AccountID: "2", Username: "bob", At: at, Texts: texts}
	}
	opening, second := "Good news: we open the new store today", "Come and see what we have made of the old harbour"
	for _, tc := range []struct {
		name   string
		thread []string
		said   Said
		want   string // the code and the post; empty: nothing is said
	}{
		{"scheduled before", []string{opening, second}, own(false, "Good  news: we open the new store today\n", "other"), "duplicate_of_scheduled 1"},
		{"nearly scheduled before", []string{opening}, own(false, opening+"!"), ""},
		{"an ending that is scheduled before, for another day", []string{opening, "Thanks for reading"}, own(false, second, "Thanks for reading"), ""},
		{"an ending that is out", []string{opening, "Thanks for reading"}, own(true, "Thanks for reading", second), "duplicate_of_recent 2"},
		{"pictures without words", []string{""}, own(false, ""), ""},
		{"on another account", []string{opening}, other(opening), "similar_on_other_account 1"},
		{"nearly, on another account", []string{"Hello Berlin", second}, other("Hello Paris", "Come and see what we made of the old harbour"), "similar_on_other_account 2"},
		{"all of it, on another account", []string{opening, second}, other(opening, second), "similar_on_other_account 0"},
		{"at another place of the thread", []string{opening, second}, other(second, opening), ""},
		{"few words, on another account", []string{"Good morning all"}, other("Good morning to all"), ""},
		{"the same few words, on another account", []string{"Good morning"}, other("Good morning"), "similar_on_other_account 1"},
		{"something else", []string{opening}, other(second), ""},
		{"nothing", nil, other(opening), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Echoes(tc.thread, []Said{tc.said})
			if tc.want == "" && len(got) > 0 || tc.want != "" && (len(got) != 1 || fmt.Sprint(got[0].Code, " ", got[0].Tweet) != tc.want) {
				t.Fatalf("got %+v, want %q", got, tc.want)
			}
			if len(got) == 0 {
				return
			}
			f := got[0]
			if *f.Other != (Other{tc.said.PostID, tc.said.AccountID, at.UTC()}) || f.Severity != Warning {
				t.Errorf("it is about %+v: %+v", f.Other, f)
			}
			for _, want := range []string{tc.said.PostID, "Tuesday, 1 December 2026, 09:00 CET"} {
				if !strings.Contains(f.Message, want) {
					t.Errorf("it does not say %q: %s", want, f.Message)
				}
			}
			if !tc.said.Own && (!strings.Contains(f.Message, "automation policy") || !strings.Contains(f.Message, "@bob")) {
				t.Errorf("it does not name the policy and the account: %s", f.Message)
			}
		})
	}
	many := make([]Said, 10)
	for i := range many {
		many[i] = other(opening)
	}
	if got := Echoes([]string{opening}, many); len(got) != mostEchoes {
		t.Errorf("ten posts that say the same give %d warnings", len(got))
	}
}
