package xsim

import "testing"

func TestMentions(t *testing.T) {
	for text, want := range map[string]bool{
		"ask @ada":         true,
		"ask @ADA, please": true,
		"@ada":             true,
		"ada":              false,
		"@ada_l":           false,
		"me@ada":           false,
	} {
		if got := mentions(text, "ada"); got != want {
			t.Errorf("%q mentions @ada: %v, want %v", text, got, want)
		}
	}
}

func TestLinksAsXShowsThem(t *testing.T) {
	for link, want := range map[string][2]string{
		"https://example.com/a": {"https://example.com/a", "example.com/a"},
		"HTTP://Example.com":    {"HTTP://Example.com", "Example.com"},
		"go.dev/doc":            {"http://go.dev/doc", "go.dev/doc"},
		"https://www.example.com/a-path-that-is-longer": {"https://www.example.com/a-path-that-is-longer", "example.com/a-path-that-is…"},
	} {
		if got := [2]string{expanded(link), display(link)}; got != want {
			t.Errorf("%s is shown as %q, want %q", link, got, want)
		}
	}
}
