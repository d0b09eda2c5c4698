package tweet

// A Kind is what an entity of a text is.
type Kind string

// The kinds of entities.
const (
	KindURL     Kind = "url"
	KindMention Kind = "mention"
	KindHashtag Kind = "hashtag"
	KindCashtag Kind = "cashtag"
)

// An Entity is a part of a text that X makes something of. Start and End are byte
// offsets, half open; Text is the part itself, with its sign.
type Entity struct {
	Kind       Kind
	Start, End int
	Text       string
}

// Links returns the links of text in order, those without a protocol (example.com)
// included: each makes the post one with a URL, counts 23 and is replaced by t.co.
func Links(text string) []Entity {
	var found []Entity
	for l := range links(text) {
		found = append(found, Entity{Kind: KindURL, Start: l.start, End: l.end, Text: text[l.start:l.end]})
	}
	return found
}
