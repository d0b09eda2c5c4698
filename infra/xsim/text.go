package xsim

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"spool/shared/tweet"
)

// normal is the text as X keeps and compares it: NFC, without outer white space.
func normal(text string) string { return strings.TrimSpace(tweet.Normalize(text)) }

// mentions reports whether text mentions @username.
func mentions(text, username string) bool {
	return slices.ContainsFunc(tweet.Mentions(text), func(m tweet.Entity) bool {
		return strings.EqualFold(m.Text, "@"+username)
	})
}

// LinkEntity is one entry of entities.urls; Start and End count characters of
// the text that goes with it.
type LinkEntity struct {
	Start       int    `json:"start"`
	End         int    `json:"end"`
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
	DisplayURL  string `json:"display_url"`
	MediaKey    string `json:"media_key,omitempty"` // of the medium that X added the link for
}

// publicText is a text as X returns it: NFC, links replaced by t.co ones,
// & < > as HTML entities.
func publicText(id, text string) (string, []LinkEntity) {
	text = normal(text)
	var out strings.Builder
	var entities []LinkEntity
	end := 0
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for i, link := range tweet.Links(text) {
		out.WriteString(escape.Replace(text[end:link.Start]))
		short := shortLink(id, i)
		start := utf8.RuneCountInString(out.String())
		out.WriteString(short)
		entities = append(entities, LinkEntity{
			Start: start, End: start + len(short), URL: short,
			ExpandedURL: expanded(link.Text), DisplayURL: display(link.Text),
		})
		end = link.End
	}
	out.WriteString(escape.Replace(text[end:]))
	return out.String(), entities
}

// withMedia adds what X adds to the text of a post with media: one link behind
// it, which the entities have once for each medium.
func withMedia(author string, p *Post, text string, links []LinkEntity) (string, []LinkEntity) {
	if len(p.Media) == 0 {
		return text, links
	}
	short, kind := shortLink(p.ID, -1), "photo"
	if p.Media[0].Category == VideoCategory {
		kind = "video"
	}
	if text != "" {
		text += " "
	}
	start := utf8.RuneCountInString(text)
	links = slices.Clip(links)
	for _, m := range p.Media {
		links = append(links, LinkEntity{
			Start: start, End: start + len(short), URL: short,
			ExpandedURL: fmt.Sprintf("https://x.com/%s/status/%s/%s/1", author, p.ID, kind),
			DisplayURL:  "pic.x.com/" + short[len("https://t.co/"):], MediaKey: m.Key,
		})
	}
	return text + short, links
}

// keys are the media keys of a post.
func keys(media []PostMedium) (all []string) {
	for _, m := range media {
		all = append(all, m.Key)
	}
	return all
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
