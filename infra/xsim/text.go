package xsim

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	linkPattern    = regexp.MustCompile(`(?i)https?://[^\s]+|\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|io|dev|co|edu|gov|app|ai|me|uk|de|fr|jp)\b(?:/[^\s]*)?`)
	cashtagPattern = regexp.MustCompile(`(?:^|[^\w$])(\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?:$|[^\w$])`)
	mentionPattern = regexp.MustCompile(`(?:^|[^\w@/])@(\w{1,15})`)
)

// normal is the text as X keeps and compares it: NFC, without outer white space.
func normal(text string) string { return strings.TrimSpace(norm.NFC.String(text)) }

// findLinks is the default of Config.Links.
func findLinks(text string) []Span {
	var spans []Span
	for _, m := range linkPattern.FindAllStringIndex(text, -1) {
		if m[0] > 0 && strings.ContainsRune("@./-_$#", rune(text[m[0]-1])) {
			continue // part of an address, a path or a tag
		}
		link := strings.TrimRight(text[m[0]:m[1]], ".,:;!?'\")]}»…")
		if rest := text[m[0]+len(link):]; strings.HasPrefix(rest, "@") {
			continue // the name of an e-mail address
		}
		spans = append(spans, Span{m[0], m[0] + len(link)})
	}
	return spans
}

// weigh is the default of Config.Weigh: 23 for a link, 1 for a character of the
// ranges that X counts lightly, 2 for any other, joiners and variation
// selectors aside. X counts an emoji made of several characters once; this
// counts each of its visible parts, so it errs towards refusing.
func weigh(text string, links []Span) int {
	total := 0
	for i := len(links) - 1; i >= 0; i-- {
		total += 23
		text = text[:links[i].Start] + text[links[i].End:]
	}
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == 0xFE0F || r == 0x200D:
		case r <= 0x10FF, r >= 0x2000 && r <= 0x200D, r >= 0x2010 && r <= 0x201F, r >= 0x2032 && r <= 0x2037:
			total++
		default:
			total += 2
		}
	}
	return total
}

// cashtags lists the $SYMBOLs of a text.
func cashtags(text string) []string {
	var tags []string
	for rest := text; ; {
		m := cashtagPattern.FindStringSubmatchIndex(rest)
		if m == nil {
			return tags
		}
		tags = append(tags, rest[m[2]:m[3]])
		rest = rest[m[3]:] // the character after a cashtag may begin the next one
	}
}

// mentions reports whether text mentions @username.
func mentions(text, username string) bool {
	for _, m := range mentionPattern.FindAllStringSubmatch(text, -1) {
		if strings.EqualFold(m[1], username) {
			return true
		}
	}
	return false
}

// linkEntity is one entry of entities.urls; Start and End count characters of
// the text that goes with it.
type linkEntity struct {
	Start       int    `json:"start"`
	End         int    `json:"end"`
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
	DisplayURL  string `json:"display_url"`
}

// publicText is a text as X returns it: NFC, links replaced by t.co ones,
// & < > as HTML entities.
func (s *Sim) publicText(id, text string) (string, []linkEntity) {
	text = normal(text)
	var out strings.Builder
	var entities []linkEntity
	end := 0
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for i, span := range s.links(text) {
		out.WriteString(escape.Replace(text[end:span.Start]))
		link := text[span.Start:span.End]
		short := shortLink(id, i)
		start := utf8.RuneCountInString(out.String())
		out.WriteString(short)
		entities = append(entities, linkEntity{
			Start: start, End: start + len(short), URL: short,
			ExpandedURL: expanded(link), DisplayURL: display(link),
		})
		end = span.End
	}
	out.WriteString(escape.Replace(text[end:]))
	return out.String(), entities
}

// shortenedLength is about how many characters of a long post X shows as its text.
const shortenedLength = 270

// shortened is the beginning of a long text, cut between two words where it can be.
func shortened(text string) string {
	runes := []rune(text)
	if len(runes) > shortenedLength {
		text = string(runes[:shortenedLength])
	}
	if i := strings.LastIndexAny(text, " \n"); i > 0 {
		text = text[:i]
	}
	return text + "…"
}

// shortLink is the t.co address of the i-th link of a post.
func shortLink(id string, i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", id, i))
	code := new(big.Int).SetBytes(sum[:]).Text(62)
	return "https://t.co/" + code[:10]
}

// expanded is what X makes of a link as typed: a bare domain gets http://.
func expanded(link string) string {
	if hasScheme(link) {
		return link
	}
	return "http://" + link
}

func display(link string) string {
	if hasScheme(link) {
		link = link[strings.Index(link, "://")+3:]
	}
	link = strings.TrimPrefix(link, "www.")
	if r := []rune(link); len(r) > 27 {
		return string(r[:26]) + "…"
	}
	return link
}

func hasScheme(link string) bool {
	lower := strings.ToLower(link)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}
