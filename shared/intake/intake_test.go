package intake

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"spool/shared/fault"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "",
		"a\r\nb\rc\n\r\r\n": "a\nb\nc\n\n\n",
		"\ufeffGrüße\r\n":   "Grüße\n",
		"a\ufeffb":          "a\ufeffb",
		"\ufffd is meant":   "\ufffd is meant",
	} {
		if got, err := Text([]byte(in)); err != nil || got != want {
			t.Errorf("Text(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, say := range map[string]string{
		"one\ncaf\xe9":         "byte 7, in line 2",
		"\xed\xa0\xbd":         "byte 0",
		"\xff\xfea\x00":        "UTF-16",
		"\xfe\xff\x00a":        "UTF-16",
		"cut off \xf0\x9f\x98": "byte 8",
	} {
		_, err := Text([]byte(in))
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != fault.Invalid || !strings.Contains(e.Message, say) || e.Fix == "" {
			t.Errorf("Text(%q): %#v, want %s", in, err, say)
		}
	}
}

func TestJSONThatWouldBeMendedIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, in, field, say string }{
		{"a byte of Latin-1", "{\"tweets\":[{\"text\":\"caf\xe9\"}]}", "tweets[0].text", "byte 23"},
		{"behind other values", "{\"a\":[1,{\"b\":null}],\n\"tweets\":[{},{\"x\":\"\\\\ud83d\",\"text\":\"\xff\"}]}", "tweets[1].text", "in line 2"},
		{"half a pair", `{"text":"a \ud83d b"}`, "text", "byte 11"},
		{"half a pair at the end", `{"text":"\uD83D"}`, "text", "byte 9"},
		{"the other half", `["x","\ude00"]`, "[1]", "byte 6"},
		{"a half before another letter", `{"text":"\ud83d\u0041"}`, "text", "byte 9"},
		{"both halves the wrong way round", `{"text":"\ude00\ud83d"}`, "text", "byte 9"},
		{"two first halves", `{"text":"\ud83d\ud83d\ude00"}`, "text", "byte 9"},
		{"in a name", "{\"t\xe9xt\":1}", "", "byte 3"},
		{"in a text alone", "\"\xe9\"", "", "byte 1"},
		{"in no JSON", "{\"a\" \"\xe9\"}", "", "byte 6"},
		{"deep down", strings.Repeat("[", 5000) + "\"\xe9\"", "", "byte 5001"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := errors.AsType[*fault.Error](JSON([]byte(tt.in)))
			if !ok || e.Code != fault.Invalid || e.Field != tt.field || !strings.Contains(e.Message, tt.say) || e.Fix == "" {
				t.Errorf("got %#v; want %q, %s", e, tt.field, tt.say)
			}
		})
	}
	for _, in := range []string{`{"text":"\ud83d\ude00 \\ud83d \ufffd \u00e9 😀 ` + "\ufffd" + `"}`, `"\\\\\ud83d\ude00"`, ``, `{`, `"\`, `"\u12`} {
		if err := JSON([]byte(in)); err != nil {
			t.Errorf("%s is refused: %v", in, err)
		}
	}
}

func TestWhatWasMendedOnTheWayIsRefused(t *testing.T) {
	in := []byte("{\"tweets\":[{\"text\":\"caf\ufffd\"}]}")
	e, ok := errors.AsType[*fault.Error](Relayed(in))
	if !ok || e.Field != "tweets[0].text" || !strings.Contains(e.Message, "byte 23") {
		t.Errorf("got %#v", e)
	}
	if err := Relayed(Escape(in)); err != nil {
		t.Errorf("escaped it is refused: %v", err)
	}
	var before, after any
	if json.Unmarshal(in, &before) != nil || json.Unmarshal(Escape(in), &after) != nil {
		t.Fatal("this is no JSON")
	}
	if a, b := before.(map[string]any)["tweets"], after.(map[string]any)["tweets"]; a.([]any)[0].(map[string]any)["text"] != b.([]any)[0].(map[string]any)["text"] {
		t.Errorf("escaping changed %q into %q", a, b)
	}
}

// FuzzJSON holds what is let through to what encoding/json makes of it: no character
// U+FFFD that was not there.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`"\ud83d"`, `"\ud83d\ude00"`, "\"\xff\"", `{"a":["\udc00"]}`, `"\\u"`, `"\u`, `[[[{"a":{"b":"\ud800x"}}]]]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := JSON([]byte(s))
		if e, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || !utf8.ValidString(e.Message)) {
			t.Fatalf("got %#v", err)
		}
		var text string
		if json.Unmarshal([]byte(s), &text) != nil || strings.Contains(strings.ToLower(s), `\ufffd`) || strings.Contains(s, replacement) {
			return
		}
		if mended := strings.Contains(text, replacement); mended != (err != nil) {
			t.Errorf("%q becomes %q: %v", s, text, err)
		}
	})
}
