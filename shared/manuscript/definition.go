package manuscript

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"

	"spool/shared/tweet"
)

// references knows which definitions of links something refers to.
type references struct {
	parser.Context
	used map[string]bool
}

// Reference returns what a label refers to.
func (r references) Reference(label string) (parser.Reference, bool) {
	ref, ok := r.Context.Reference(label)
	if ok {
		r.used[label] = true
	}
	return ref, ok
}

// definition writes what looks like the definition of a link, [Ada]: Why?, but has no address
// and no link that refers to it. A definition is not shown.
func (r *renderer) definition(n *ast.LinkReferenceDefinition) {
	label, address, title := string(n.Label), string(n.Destination), string(n.Title)
	switch {
	case r.used.used[util.ToLinkReference(n.Label)]:
		r.understood = append(r.understood, label, address, title)
	case address == "" || address == "#": // [//]: # (a comment)
		r.note(n.Pos(), CodeComment, label+" "+title)
	case !isAddress(address):
		distance := 1
		if n.HasBlankPreviousLines() {
			distance = 2
		}
		r.separate(distance)
		r.within(tweet.Block{}, func() { r.write(strings.TrimSpace(r.lineText(n))) })
	}
}

// isAddress reports what can be the target of a link: an address of the web or of mail, a
// path, a place in the page, or the name of a file.
func isAddress(s string) bool { return address.MatchString(s) }

var address = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9+.-]+:|[/#?]|\.\.?/)|\w/\w|\w\.[A-Za-z]\w*$`)
