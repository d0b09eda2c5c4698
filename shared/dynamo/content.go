package dynamo

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

const (
	// itemRoom is how many bytes of an item a content may take: DynamoDB takes items
	// of 400 KB, their names and keys among them.
	itemRoom = 400_000
	// unpackedMost bounds what a packed content can unpack to, in bytes: JSON takes at
	// most six for one.
	unpackedMost = 8 * post.MaxContent
)

// storedContent is a content as it is stored: JSON as long as that fits into an item; else
// packed by gzip; else that in parts, which are items of their own.
type storedContent struct {
	json   string
	packed []byte
	parts  int    // how many there are
	digest string // of what they give together; tells them from another content's
	notes  []string
}

// contents is the kind of a version of a post's texts.
var contents = kind[storedContent]{name: "content", version: 3,
	fields: func(f *form, c *storedContent) {
		text(f, "tweets", &c.json)
		blob(f, "packed", &c.packed)
		count(f, "parts", &c.parts)
		text(f, "digest", &c.digest)
		texts(f, "notes", &c.notes)
	},
	// What a tweet has is a matter of the JSON, whose unknown members are refused:
	// only what is not told by a new member is to be told here.
	needs: func(c storedContent) int {
		if c.json == "" {
			return 2 // packed
		}
		return 1
	},
}

// parts is the kind of a part of a content.
var parts = kind[[]byte]{name: "part", version: 2, fields: func(f *form, part *[]byte) { blob(f, "packed", part) }}

// The tweets of a content, as JSON. The types differ from post's in their tags
// only, which the compiler checks.
type (
	storedTweet struct {
		Text  string         `json:"text"`
		Media []storedMedium `json:"media,omitempty"`
		Poll  *storedPoll    `json:"poll,omitempty"`
		storedOptions
	}
	storedMedium struct {
		ID         string           `json:"id"`
		Kind       tweet.MediumKind `json:"kind"`
		Type       string           `json:"type"`
		Bytes      int64            `json:"bytes"`
		SHA256     string           `json:"sha256"`
		AltText    string           `json:"alt_text,omitempty"`
		PlatformID string           `json:"-"`
		Beyond     string           `json:"-"`
		Still      bool             `json:"-"`
	}
	storedPoll struct {
		Options []string `json:"options"`
		Minutes int      `json:"minutes"`
	}
	storedOptions struct {
		ReplySettings   string `json:"reply_settings,omitempty"`
		QuoteID         string `json:"quote_id,omitempty"`
		CommunityID     string `json:"community_id,omitempty"`
		MadeWithAI      bool   `json:"made_with_ai,omitempty"`
		PaidPartnership bool   `json:"paid_partnership,omitempty"`
	}
)

// tweetsToJSON gives tweets as they are stored.
func tweetsToJSON(tweets []post.Tweet) ([]byte, error) {
	stored := make([]storedTweet, len(tweets))
	for i, t := range tweets {
		stored[i] = storedTweet{Text: t.Text, Poll: (*storedPoll)(t.Poll), storedOptions: storedOptions(t.Options)}
		for _, m := range t.Media {
			stored[i].Media = append(stored[i].Media, storedMedium(m))
		}
	}
	return toJSON(stored)
}

// tweetsFromJSON reads tweets.
func tweetsFromJSON(raw []byte) ([]post.Tweet, error) {
	var stored []storedTweet
	if err := fromJSON(raw, &stored); err != nil {
		return nil, err
	}
	tweets := make([]post.Tweet, len(stored))
	for i, t := range stored {
		tweets[i] = post.Tweet{Text: t.Text, Poll: (*post.Poll)(t.Poll), Options: post.Options(t.storedOptions)}
		for _, m := range t.Media {
			tweets[i].Media = append(tweets[i].Media, post.Medium(m))
		}
	}
	return tweets, nil
}

// store gives a content as it is stored in items with so much room, in bytes, and
// the parts that go with that. The notes stay beside the tweets; the parts have all
// of the room, so that the same tweets are always split alike.
func store(c post.Content, room int) (storedContent, [][]byte, error) {
	const aNote = 5
	beside := room
	for _, n := range c.Notes {
		beside -= aNote + len(n)
	}
	raw, err := tweetsToJSON(c.Tweets)
	if err != nil || len(raw) <= beside {
		return storedContent{json: string(raw), notes: c.Notes}, nil, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(raw)
	if err := errors.Join(err, z.Close()); err != nil {
		return storedContent{}, nil, err
	}
	if b.Len() <= beside {
		return storedContent{packed: b.Bytes(), notes: c.Notes}, nil, nil
	}
	sum := sha256.Sum256(b.Bytes())
	split := slices.Collect(slices.Chunk(b.Bytes(), room))
	return storedContent{parts: len(split), digest: hex.EncodeToString(sum[:16]), notes: c.Notes}, split, nil
}

// unpack undoes gzip.
func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(z, unpackedMost+1))
	if len(raw) > unpackedMost {
		return nil, fmt.Errorf("it unpacks to more than %d bytes", unpackedMost)
	}
	return raw, err
}

// PutContent stores a version of a post's content, unless there is another of
// that number: then it answers a fault of code Conflict. One that is larger than
// [post.MaxContent] is one of code Invalid, and nothing is stored. What the post begins
// with is noted before it, unless the stored post p begins so already: nothing can be
// published that its siblings do not know of.
func (s *Posts) PutContent(ctx context.Context, p post.Post, c post.Content) error {
	if err := c.Fits(); err != nil {
		return err
	}
	if p.Opening != c.Opening() {
		if err := s.Register(ctx, p, c); err != nil {
			return err
		}
	}
	id := p.ID
	stored, split, err := store(c, itemRoom)
	if err != nil {
		return err
	}
	for n, part := range split { // before what names them
		r, err := parts.encode(partKey(id, c.Version, stored.digest, n), part)
		if err != nil {
			return err
		}
		if err := s.t.put(ctx, r); err != nil {
			return err
		}
	}
	r, err := contents.encode(contentKey(id, c.Version), stored)
	if err != nil {
		return err
	}
	if err = s.t.swap(ctx, r, 0); !fault.Is(err, fault.Conflict) {
		return err
	}
	there, rerr := s.content(ctx, id, c.Version)
	if rerr == nil && slices.EqualFunc(there.Tweets, c.Tweets, post.Tweet.Equal) {
		return nil // this very write, by an earlier try
	}
	return errors.Join(err, rerr)
}

// read gives the content of an item, which may have parts.
func (s *Posts) read(ctx context.Context, it item, id string, version int) (post.Content, error) {
	c := post.Content{Version: version}
	stored, err := contents.decode(it)
	if err != nil {
		return c, err
	}
	c.Notes = stored.notes
	raw, packed := []byte(stored.json), stored.packed
	if stored.parts > 0 {
		if packed, err = s.join(ctx, id, version, stored); err != nil {
			return c, err
		}
	}
	if packed != nil {
		if raw, err = unpack(packed); err != nil {
			return c, fmt.Errorf("unpack the content of post %s: %w", id, err)
		}
	}
	c.Tweets, err = tweetsFromJSON(raw)
	if errors.Is(err, errUnknown) {
		return c, newer(fmt.Errorf("content of post %s: %w", id, err))
	}
	if err != nil {
		return c, fmt.Errorf("content of post %s: %w", id, err)
	}
	return c, nil
}

// join reads the parts of a content.
func (s *Posts) join(ctx context.Context, id string, version int, c storedContent) (packed []byte, err error) {
	keys := make([]key, c.parts)
	for n := range keys {
		keys[n] = partKey(id, version, c.digest, n)
	}
	items, err := s.t.batchGet(ctx, keys)
	if err != nil {
		return nil, err
	}
	for n, k := range keys {
		it, ok := items[k]
		if !ok {
			return nil, s.lacking(ctx, id, fmt.Errorf("post %s lacks part %d of %d of its content", id, n+1, c.parts))
		}
		part, err := parts.decode(it)
		if err != nil {
			return nil, err
		}
		packed = append(packed, part...)
	}
	return packed, nil
}

// lacking is the error of a post whose texts are not all there: what is wrong, unless
// the post is being deleted at this very moment.
func (s *Posts) lacking(ctx context.Context, id string, wrong error) error {
	if progress, err := s.t.get(ctx, progressKey(id)); err == nil && forgotten(progress) {
		return gonePost(id)
	}
	return wrong
}
