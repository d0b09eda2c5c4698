package manuscript

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"

	"spool/shared/lazyregexp"
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

// defines reports whether something refers to a definition. Of several of a label the first one
// counts.
func (r references) defines(n *ast.LinkReferenceDefinition) bool {
	label := util.ToLinkReference(n.Label)
	ref, ok := r.Context.Reference(label)
	return ok && r.used[label] && bytes.Equal(ref.Destination(), n.Destination)
}

// definition writes what looks like the definition of a link, [Ada]: Why?, but has no address
// and no link that refers to it. A definition is not shown.
func (r *renderer) definition(n *ast.LinkReferenceDefinition) {
	label, address, title := string(n.Label), string(n.Destination), string(n.Title)
	switch {
	case r.used.defines(n) && (isAddress(address) || !endsFully(address)):
		r.understood = append(r.understood, label)
		if !isWeb(address) || strings.Contains(address, " ") { // otherwise it is published as it stands
			r.understood = append(r.understood, address)
		}
	case address == "" || address == "#": // [//]: # (a comment)
		r.note(n.Pos(), CodeComment, label+" "+title)
	case !isAddress(address):
		r.separate(r.distance(n))
		r.within(tweet.Block{}, func() { r.write(strings.ReplaceAll(strings.TrimSpace(r.lineText(n)), "&lt;", "<")) })
	}
}

// distance returns how many line breaks stand before a paragraph or definition: one where it
// follows a definition without a blank line.
func (r *renderer) distance(n ast.Node) int {
	above, ok := n.PreviousSibling().(*ast.LinkReferenceDefinition)
	if ok && n.Lines().Len() > 0 {
		end := above.Lines().At(above.Lines().Len() - 1).Stop
		if r.lineOf(n.Lines().At(0).Start)-r.lineOf(max(end-1, 0)) == 1 {
			return 1
		}
	}
	return 2
}

// isAddress reports what can be the target of a link: an address of the web or of mail, a
// path, a place in the page, or the name of a file.
func isAddress(s string) bool { return address.MatchString(s) }

var address = lazyregexp.New(`^(?:[A-Za-z][A-Za-z0-9+.-]+:|[/#?]|\.\.?/)|\w/\w|\w\.[A-Za-z]\w*$`)
