package tweet

import (
	"encoding/json"
	"testing"
)

func TestThreadIsPricedByItsPostsLinksAndDescriptions(t *testing.T) {
	thread := []Draft{
		{Text: "plain"},
		{Text: "see example.com and https://example.org/a"},
		{Text: "not.a.hyperlink", Media: []Medium{{Kind: Image, AltText: "a cat"}, {Kind: Image}}},
	}
	prices := ListPrices()
	usage := UsageOf(thread)
	if want := (Usage{Posts: 2, PostsWithURL: 1, MediaMetadata: 1}); usage != want {
		t.Fatalf("UsageOf = %+v, want %+v", usage, want)
	}
	if got, want := prices.Cost(usage).Total.String(), "$0.235"; got != want {
		t.Errorf("thread costs %s, want %s", got, want)
	}
	month := usage.Plus(usage).Plus(Usage{OwnedReads: 3, PostReads: 1, UserReads: 2})
	if got, want := prices.Cost(month).Total.String(), "$0.498"; got != want {
		t.Errorf("month costs %s, want %s", got, want)
	}
}

func TestDollars(t *testing.T) {
	tests := []struct {
		amount    Dollars
		text, str string
	}{
		{0, "0.0", "$0.00"},
		{Dollar, "1.0", "$1.00"},
		{Dollar * 15 / 1000, "0.015", "$0.015"},
		{Dollar * 2 / 10, "0.2", "$0.20"},
		{1, "0.000001", "$0.000001"},
		{1234 * Dollar, "1234.0", "$1234.00"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			text, err := tt.amount.MarshalText()
			if err != nil || string(text) != tt.text {
				t.Errorf("MarshalText = %s, %v; want %s", text, err, tt.text)
			}
			if got := tt.amount.String(); got != tt.str {
				t.Errorf("String = %s, want %s", got, tt.str)
			}
			var back Dollars
			if err := back.UnmarshalText(text); err != nil || back != tt.amount {
				t.Errorf("UnmarshalText(%s) = %d, %v; want %d", text, back, err, tt.amount)
			}
		})
	}
}

func TestDollarsRefusesWhatIsNotAnAmount(t *testing.T) {
	for _, text := range []string{"", ".", "-1", "1e3", "0.0000001", "abc", "1.-2", "99999999999999999999"} {
		var d Dollars
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("UnmarshalText(%q) = %d, want an error", text, d)
		}
	}
}

func TestPricesCanBeReplacedInConfiguration(t *testing.T) {
	prices := ListPrices()
	if err := json.Unmarshal([]byte(`{"as_of":"2027-01-01","post":"0.02"}`), &prices); err != nil {
		t.Fatal(err)
	}
	if prices.Post != Dollar*2/100 || prices.PostWithURL != ListPrices().PostWithURL || prices.AsOf != "2027-01-01" {
		t.Errorf("got %+v", prices)
	}
}

func TestPricesAreReadWholeOrNotAtAll(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		post       Dollars
		wrong      bool
	}{
		{"nothing", "", 15_000, false},
		{"one of them", `{"as_of":"2026-12-01","post":"0.02"}`, 20_000, false},
		{"JSON as Python writes it", `{'post': 0.015}`, 15_000, true},
		{"a number", `{"post":0.02}`, 15_000, true},
		{"no amount", `{"post":"free"}`, 15_000, true},
		{"a name that is none", `{"post":"0.02","tweet":"0.02"}`, 15_000, true},
		{"a second object", `{"post":"0.02"}{}`, 15_000, true},
		{"a day that is none", `{"as_of":"soon","post":"0.02"}`, 15_000, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePrices(tt.text)
			if p.Post != tt.post || (err != nil) != tt.wrong {
				t.Errorf("a post costs %v, with the error %v", p.Post, err)
			}
			if tt.wrong && p != ListPrices() {
				t.Errorf("others than X's prices are in force: %+v", p)
			}
		})
	}
}
