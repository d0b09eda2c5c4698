package manuscript

import (
	"bytes"
	"strings"

	"spool/shared/lazyregexp"
)

// A bracket is a tag of an element of HTML as it stands in a source.
type bracket struct {
	start int
	name  string
	word  bool // it may be a writer's word: cp <source> <dest>
}

// brackets are the opening tags of a source that no tag has closed so far, by their names.
type brackets map[string][]bracket

var tagAt = lazyregexp.New(`^<(/?)([A-Za-z][A-Za-z0-9]*)(\s[^<>]*?)?/?>`)

// add looks at the tag that rest begins with, which stands at an offset of the source.
func (b brackets) add(rest, before []byte, code bool) {
	m := tagAt.FindSubmatch(rest)
	if m == nil {
		return
	}
	name := strings.ToLower(string(m[2]))
	if len(m[1]) > 0 {
		if n := len(b[name]); n > 0 {
			b[name] = b[name][:n-1]
		}
		return
	}
	target := bytes.HasSuffix(before, []byte("](")) || bytes.HasSuffix(before, []byte("]: "))
	word := !code && !target && len(bytes.TrimSpace(m[3])) == 0 && isElement(name) && !standsAlone(name) && !isStruck(name)
	b[name] = append(b[name], bracket{len(before), name, word})
}

// words returns a source whose unclosed tags are words.
func (b brackets) words(source []byte) []byte {
	words := map[int]bool{}
	a := atoms{source: source}
	for _, open := range b {
		for _, tag := range open {
			if tag.word && !a.template(tag.start) {
				words[tag.start] = true
			}
		}
	}
	if len(words) == 0 {
		return source
	}
	out := make([]byte, 0, len(source)+len(words)*len("lt;"))
	for i, c := range source {
		if words[i] {
			out = append(out, "&lt;"...)
			continue
		}
		out = append(out, c)
	}
	return out
}
