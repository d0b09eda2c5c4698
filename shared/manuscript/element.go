package manuscript

import (
	"path"
	"strings"

	"golang.org/x/net/html"
)

// This file knows the elements of HTML.

// isTitle reports the elements that go with what follows them.
func isTitle(tag string) bool {
	return tag == "summary" || len(tag) == 2 && tag[0] == 'h' && '1' <= tag[1] && tag[1] <= '6'
}

// isContainer reports the elements that part what is in them from what is around them.
func isContainer(tag string) bool {
	switch tag {
	case "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "center", "details",
		"blockquote", "ul", "ol", "dl", "table", "thead", "tbody", "figure", "figcaption", "address", "form", "fieldset",
		"picture", "video":
		return true
	}
	return false
}

// isBlock reports the elements that stand in lines of their own.
func isBlock(tag string) bool { return isContainer(tag) || lead[tag] != "" || tag == "li" }

// unseen are the words that readers see in an element, and that stand in its attributes.
func unseen(token html.Token) string {
	switch token.Data {
	case "input":
		return strings.TrimSpace(attribute(token, "value") + " " + attribute(token, "placeholder"))
	case "option", "optgroup", "track":
		return attribute(token, "label")
	}
	return ""
}

// inMarkdown reports the tags that are left to Markdown: those of links, pictures, what is
// embedded, quotations, struck text and raised digits, and what is none of HTML's.
func inMarkdown(tag string) bool {
	switch tag {
	case "a", "img", "sup", "sub", "q":
		return true
	}
	return isStruck(tag) || isEmbedded(tag) || !isElement(tag)
}

// isEmbedded reports the elements that show something of another address.
func isEmbedded(tag string) bool {
	switch tag {
	case "iframe", "frame", "video", "audio", "source", "embed", "object", "area":
		return true
	}
	return false
}

// isVoid reports the elements that have no closing tag.
func isVoid(tag string) bool { return tag == "br" || tag == "hr" || tag == "img" || tag == "wbr" }

// holdersOf returns the elements in which one that needs no closing tag may stand; nil: it needs
// one, or stands anywhere.
func holdersOf(tag string) []string {
	switch tag {
	case "li":
		return []string{"ul", "ol", "menu", "dir"}
	case "dt", "dd":
		return []string{"dl"}
	case "tr", "td", "th", "thead", "tbody", "tfoot":
		return []string{"table"}
	case "rp", "rt":
		return []string{"ruby"}
	}
	return nil
}

// isBoolean reports the attributes that need no value.
func isBoolean(attribute string) bool {
	switch strings.ToLower(attribute) {
	case "allowfullscreen", "async", "autofocus", "autoplay", "checked", "compact", "controls", "default", "defer",
		"disabled", "hidden", "inert", "ismap", "loop", "multiple", "muted", "nomodule", "noshade", "novalidate", "nowrap",
		"open", "playsinline", "readonly", "required", "reversed", "selected":
		return true
	}
	return false
}

// isFormat reports the elements that say how words look, for which few would write a word.
func isFormat(tag string) bool {
	switch tag {
	case "a", "b", "i", "u", "em", "strong", "small", "big", "font", "span", "code", "kbd", "tt", "sub", "sup", "ins":
		return true
	}
	return false
}

// isElement reports the names of the elements of HTML.
func isElement(name string) bool { return elements[name] }

var elements = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`
		a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br button
		canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed
		fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe
		img input ins kbd label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol
		optgroup option output p param picture pre progress q rp rt ruby s samp script search section select slot small
		source span strike strong style sub summary sup svg path table tbody td template textarea tfoot th thead time title
		tr track tt u ul var video wbr g rect circle`) {
		names[name] = true
	}
	return names
}()

// isPicture reports whether a file is one that a post can show, by its name.
func isPicture(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".mov", ".m4v", ".avif", ".bmp", ".svg":
		return true
	}
	return false
}
