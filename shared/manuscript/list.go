package manuscript

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"spool/shared/tweet"
)

// list writes the items of a list with the numbers that they were written with: they may be
// dates, years or a countdown.
func (r *renderer) list(list *ast.List) {
	distance := 1
	if !list.IsTight {
		distance = 2
	}
	if _, nested := list.Parent().(*ast.ListItem); !nested || !list.IsTight {
		r.separate(2)
	}
	numbers := r.numbers(list)
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		r.separate(distance)
		if !list.IsOrdered() {
			mark := cmp.Or(taskMark(item), "- ")
			r.item(item, mark, hanging(mark))
			continue
		}
		mark := numbers[0] + string(list.Marker) + " "
		numbers = numbers[1:]
		if item.FirstChild() == nil {
			r.write(strings.TrimSpace(mark)) // a number alone is no item
			continue
		}
		mark += taskMark(item)
		r.item(item, mark, hanging(mark))
	}
}

// numbers returns the numbers of the items of a list. Where all are the same, as in 1. 1. 1.,
// they are counted.
func (r *renderer) numbers(list *ast.List) []string {
	var numbers []string
	same := true
	for item := list.FirstChild(); item != nil && list.IsOrdered(); item = item.NextSibling() {
		numbers = append(numbers, r.numberAt(item.Pos()))
		same = same && numbers[0] == numbers[len(numbers)-1]
	}
	for i := range numbers {
		if same && i > 0 {
			r.understood = append(r.understood, numbers[i])
			numbers[i] = strconv.Itoa(list.Start + i)
		}
	}
	return numbers
}

// numberAt returns the digits at an offset of the source, behind white space.
func (r *renderer) numberAt(offset int) string {
	text := strings.TrimLeft(string(r.source[offset:min(offset+64, len(r.source))]), " \t")
	return text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
}

// taskParser reads the box of a task, behind which GitHub wants a blank: else [x](address) is
// a link.
type taskParser struct{ parser.InlineParser }

func (p taskParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	const box = len("[x]")
	if line, _ := block.PeekLine(); len(line) <= box || !util.IsSpace(line[box]) {
		return nil
	}
	return p.InlineParser.Parse(parent, block, pc)
}

// taskMark returns the mark of a task, which shows whether it is done, or nothing.
func taskMark(item ast.Node) string {
	first := item.FirstChild()
	if first == nil {
		return ""
	}
	box, ok := first.FirstChild().(*extended.TaskCheckBox)
	switch {
	case !ok:
		return ""
	case box.IsChecked:
		return "☑ "
	}
	return "☐ "
}

// hanging is the indentation of what stands below a mark.
func hanging(mark string) string { return strings.Repeat(" ", utf8.RuneCountInString(mark)) }

// item writes an item. The items of the lists in it stand for themselves.
func (r *renderer) item(item ast.Node, mark, indent string) {
	leave := r.enter(mark, indent)
	node := item.FirstChild()
	r.within(tweet.Block{Kind: tweet.Item, Mark: mark}, func() {
		for ; node != nil; node = node.NextSibling() {
			if _, ok := node.(*ast.List); ok {
				break
			}
			r.block(node)
		}
	})
	for ; node != nil; node = node.NextSibling() {
		r.block(node)
	}
	leave()
}
