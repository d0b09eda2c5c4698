package xapi_test

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"spool/shared/xapi"
)

func TestAuthorText(t *testing.T) {
	link := func(short, long string) xapi.URLEntity { return xapi.URLEntity{URL: short, ExpandedURL: long} }
	const a, b = "https://t.co/aaaaaaaaaa", "https://t.co/bbbbbbbbbb"
	media := xapi.URLEntity{URL: b, ExpandedURL: "https://x.com/ada/status/1/photo/1", MediaKey: "3_1"}
	tests := map[string]struct {
		text  string
		links []xapi.URLEntity
		want  string
	}{
		"plain":                           {"Hello", nil, "Hello"},
		"empty":                           {"", nil, ""},
		"entities":                        {"1 &lt; 2 &amp;&amp; 3 &gt; 2", nil, "1 < 2 && 3 > 2"},
		"an entity that the author wrote": {"&amp;amp; is &amp;", nil, "&amp; is &"},
		"other entities stay":             {"&quot;&#39;&nbsp;&copy &amp", nil, "&quot;&#39;&nbsp;&copy &amp"},
		"a link":                          {"See " + a + ".", []xapi.URLEntity{link(a, "https://go.dev/")}, "See https://go.dev/."},
		"a link twice":                    {a + " " + a, []xapi.URLEntity{link(a, "https://go.dev")}, "https://go.dev https://go.dev"},
		"two links":                       {a + "\n" + b, []xapi.URLEntity{link(b, "https://b.example"), link(a, "https://a.example")}, "https://a.example\nhttps://b.example"},
		"a link with an ampersand":        {a + " &amp; co", []xapi.URLEntity{link(a, "https://a.example/?x=1&amp;y=2")}, "https://a.example/?x=1&amp;y=2 & co"},
		"a link that leads to a t.co":     {a, []xapi.URLEntity{link(a, b), link(b, "https://b.example")}, b},
		"a link between emoji":            {"👩‍👩‍👧 " + a + " 日本語" + b, []xapi.URLEntity{link(a, "https://a.example"), link(b, "https://b.example")}, "👩‍👩‍👧 https://a.example 日本語https://b.example"},
		"a link that begins another":      {a + " " + a + "0", []xapi.URLEntity{link(a, "https://a.example"), link(a+"0", "https://b.example")}, "https://a.example https://b.example"},
		"a link nobody knows":             {a, nil, a},
		"a link to nowhere":               {a, []xapi.URLEntity{link(a, "")}, a},
		"an entity without its link":      {"Hello", []xapi.URLEntity{link("", "https://a.example")}, "Hello"},
		"media":                           {"Look &gt; " + b, []xapi.URLEntity{media}, "Look >"},
		"media and a link":                {a + " " + b, []xapi.URLEntity{media, link(a, "https://a.example")}, "https://a.example"},
		"several media, one link":         {"Look " + b, []xapi.URLEntity{media, media}, "Look"},
		"media without their key":         {"Look " + b, []xapi.URLEntity{link(b, "https://x.com/ada/status/1/photo/1")}, "Look"},
		"a video without its key, alone":  {b, []xapi.URLEntity{link(b, "https://twitter.com/ada/status/1/video/1")}, ""},
		"another post's media":            {"See " + b, []xapi.URLEntity{link(b, "https://x.com/ada/status/2/photo/1")}, "See https://x.com/ada/status/2/photo/1"},
		"media alone":                     {b, []xapi.URLEntity{media}, ""},
		"bytes that are no UTF-8":         {"a\xffb", nil, "a\xffb"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := xapi.Post{ID: "1", Text: tt.text, Entities: xapi.Entities{URLs: tt.links}}
			if got := p.AuthorText(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestAuthorTextOfALongText(t *testing.T) {
	p := xapi.Post{
		Text:     "A long… https://t.co/mmmmmmmmmm",
		Entities: xapi.Entities{URLs: []xapi.URLEntity{{URL: "https://t.co/mmmmmmmmmm", ExpandedURL: "x", MediaKey: "3_1"}}},
		Note: &xapi.Note{
			Text:     "A long text about https://t.co/aaaaaaaaaa https://t.co/mmmmmmmmmm",
			Entities: xapi.Entities{URLs: []xapi.URLEntity{{URL: "https://t.co/aaaaaaaaaa", ExpandedURL: "https://a.example"}}},
		},
	}
	if got, want := p.AuthorText(), "A long text about https://a.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What X does to a text, undoing takes back, wherever the link stands.
func FuzzAuthorText(f *testing.F) {
	f.Add("See ", " & more", "https://go.dev/?a=1&b=2")
	f.Add("&amp; <", "日本語", "http://a.example")
	f.Add("", "&lt;", "https://t.co/aaaaaaaaaa")
	f.Fuzz(func(t *testing.T, before, after, long string) {
		const short = "https://t.co/Zz9Zz9Zz9Z"
		ok := utf8.ValidString(before+after+long) && long != "" && !strings.Contains(before+after, short)
		if !ok || after != "" && after[0] < utf8.RuneSelf && after[0] != ' ' && after[0] != '&' {
			t.Skip()
		}
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
		p := xapi.Post{
			Text:     escape(before) + short + escape(after),
			Entities: xapi.Entities{URLs: []xapi.URLEntity{{URL: short, ExpandedURL: long}}},
		}
		if got, want := p.AuthorText(), before+long+after; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		// Never any harm, whatever the text is.
		p.Text = before
		if html.UnescapeString(p.Text) == p.Text && p.AuthorText() != before {
			t.Errorf("%q became %q", before, p.AuthorText())
		}
	})
}
