package httpapi_test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spool/shared/httpapi"
	"spool/shared/media"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// bound reads one that the API's document gives a field, such as its maxLength.
func bound(t *testing.T, of any, field, tag string) int {
	t.Helper()
	f, ok := reflect.TypeOf(of).FieldByName(field)
	n, err := strconv.Atoi(f.Tag.Get(tag))
	if !ok || err != nil {
		t.Fatalf("%T.%s has no %s", of, field, tag)
	}
	return n
}

// The document's bounds are those of X's rules: what they allow is no finding, and one more,
// or one less, is.
func TestTheDocumentsBoundsAreXs(t *testing.T) {
	images := func(n int) tweet.Draft {
		return tweet.Draft{Text: "Look", Media: slices.Repeat([]tweet.Medium{{Kind: tweet.Image, Bytes: 1}}, n)}
	}
	described := func(n int) tweet.Draft {
		return tweet.Draft{Text: "Look", Media: []tweet.Medium{{Kind: tweet.Image, Bytes: 1, AltText: strings.Repeat("x", n)}}}
	}
	poll := func(options, minutes int) tweet.Draft {
		return tweet.Draft{Text: "Which?", Poll: &tweet.Poll{Options: slices.Repeat([]string{"x"}, options), Minutes: minutes}}
	}
	for _, tt := range []struct {
		of         any
		field, tag string
		draft      func(n int) tweet.Draft
		code       string
	}{
		{wire.TweetInput{}, "Text", "maxLength", func(n int) tweet.Draft { return tweet.Draft{Text: strings.Repeat("x", n)} }, tweet.CodeTooLong},
		{wire.TweetInput{}, "Media", "maxItems", images, tweet.CodeTooManyMedia},
		{wire.MediaRefInput{}, "AltText", "maxLength", described, tweet.CodeAltText},
		{wire.Poll{}, "Options", "maxItems", func(n int) tweet.Draft { return poll(n, 60) }, tweet.CodePollOptions},
		{wire.Poll{}, "Options", "minItems", func(n int) tweet.Draft { return poll(n, 60) }, tweet.CodePollOptions},
		{wire.Poll{}, "Minutes", "maximum", func(n int) tweet.Draft { return poll(2, n) }, tweet.CodePollDuration},
		{wire.Poll{}, "Minutes", "minimum", func(n int) tweet.Draft { return poll(2, n) }, tweet.CodePollDuration},
	} {
		n, beyond := bound(t, tt.of, tt.field, tt.tag), 1
		if strings.HasPrefix(tt.tag, "min") {
			beyond = -1
		}
		for _, at := range []int{n, n + beyond} {
			found := tweet.Check([]tweet.Draft{tt.draft(at)}, tweet.Rules{Limit: tweet.PremiumLimit})
			refused := slices.ContainsFunc(found, func(f tweet.Finding) bool { return f.Code == tt.code })
			if refused != (at != n) {
				t.Errorf("%T.%s has a %s of %d, and X refuses %d: %t", tt.of, tt.field, tt.tag, n, at, refused)
			}
		}
	}
	if most := int64(bound(t, wire.MediaInput{}, "Bytes", "maximum")); most != media.MaxBytes(tweet.Video) {
		t.Errorf("files may have %d bytes, and X takes %d", most, media.MaxBytes(tweet.Video))
	}
}

// What a body can hold is kept: no thread is refused for its size that was not too large to be
// sent.
func TestWhatABodyHoldsIsKept(t *testing.T) {
	tweets, shown := bound(t, wire.PostInput{}, "Tweets", "maxItems"), bound(t, wire.TweetInput{}, "Media", "maxItems")
	if tweets != tweet.MaxThread {
		t.Errorf("a post has up to %d tweets, and a thread %d", tweets, tweet.MaxThread)
	}
	for _, of := range []any{wire.EditInput{}, wire.PreviewInput{}} {
		if n := bound(t, of, "Tweets", "maxItems"); n != tweets {
			t.Errorf("%T takes %d tweets, and a post has %d", of, n, tweets)
		}
	}
	// Every byte of a text is one of the body at least.
	c := post.Content{Tweets: slices.Repeat([]post.Tweet{{Media: make([]post.Medium, shown)}}, tweets)}
	c.Tweets[0].Text = strings.Repeat("x", httpapi.MaxBody)
	if err := c.Fits(); err != nil {
		t.Error(err)
	}
	if most := 4 * bound(t, wire.PreviewInput{}, "Text", "maxLength"); most > httpapi.MaxBody {
		t.Errorf("a text to be split has up to %d bytes, and a body %d", most, httpapi.MaxBody)
	}
}
