package storetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
)

// maxItem is how large an item of DynamoDB's may be, in bytes.
const maxItem = 400 << 10

// fits is the error of a record that no item could hold, whatever its attributes
// are called.
func fits(record any) error {
	if n := size(reflect.ValueOf(record)); n > maxItem {
		return fmt.Errorf("item size has exceeded the maximum allowed size: a %T of %d bytes", record, n)
	}
	return nil
}

// size is about how many bytes a value takes in an item.
func size(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Pointer:
		if v.IsNil() {
			return 0
		}
		return size(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Len()
		}
		for i := range v.Len() {
			n += 1 + size(v.Index(i))
		}
		return n
	case reflect.Struct:
		if v.Type() != reflect.TypeFor[time.Time]() {
			for i := range v.NumField() {
				n += size(v.Field(i))
			}
			return n
		}
	}
	return 8
}

// large are contents that X takes, and that are hard to keep in items.
func large() map[string]post.Content {
	same := func(tweets int, text string) post.Content {
		return post.Content{Version: 1, Tweets: slices.Repeat([]post.Tweet{{Text: text}}, tweets)}
	}
	noted := noise(390_000)
	noted.Notes = slices.Repeat([]string{strings.Repeat("ü", 150)}, 200)
	return map[string]post.Content{
		"one that hardly fits an item, and what its author is told": noted,
		"three tweets of Premium, of what is special in HTML":       same(3, strings.Repeat("<&>", 8000)),
		"250 tweets of 270 characters":                              same(250, strings.Repeat("<", 270)),
		"500 tweets of the longest emoji":                           same(500, strings.Repeat("👩🏽‍❤️‍💋‍👨🏾", 140)),
		"the largest, which hardly packs":                           noise(post.MaxContent),
	}
}

// noise is a content of random texts, as large as said.
func noise(bytes int) post.Content {
	c := post.Content{Version: 1}
	random := rand.New(rand.NewPCG(1, 2))
	for c.Bytes() < bytes {
		var text strings.Builder
		for text.Len() < 75_000 && c.Bytes()+text.Len()+60 < bytes {
			text.WriteRune('\u4e00' + random.Int32N(0x5000))
		}
		c.Tweets = append(c.Tweets, post.Tweet{
			Text: text.String() + strings.Repeat("x", max(0, min(10, bytes-c.Bytes()-text.Len()-50))),
		})
	}
	return c
}

// sizes holds a store to keep what is large, and to refuse what is larger before it
// stores anything.
func sizes(t *testing.T, s PostStore) {
	ctx := t.Context()
	for name, c := range large() {
		t.Run(name, func(t *testing.T) {
			p := post.New(start, "large", c, start, "UTC")
			if _, err := s.Create(ctx, p, c); err != nil {
				t.Fatal(err)
			}
			_, got, err := s.Load(ctx, p.ID)
			if err != nil || !cmp.Equal(got, c) {
				t.Fatalf("it is read as %d tweets of %d bytes, %v", len(got.Tweets), got.Bytes(), err)
			}
			if all, err := s.Contents(ctx, []post.Post{p}); err != nil || !cmp.Equal(all, []post.Content{c}) {
				t.Errorf("among others it is read as something else, %v", err)
			}
			if err := s.PutContent(ctx, p, c); err != nil {
				t.Errorf("the same again: %v", err)
			}
			other := post.Content{Version: 1, Tweets: slices.Clone(c.Tweets)}
			other.Tweets[0].Text = "changed" + other.Tweets[0].Text[7:]
			if err := s.PutContent(ctx, p, other); !fault.Is(err, fault.Conflict) {
				t.Errorf("another of the same number: got %v, want conflict", err)
			}
			if _, got, err := s.Load(ctx, p.ID); err != nil || !cmp.Equal(got, c) {
				t.Errorf("after that it is read as something else, %v", err)
			}
		})
	}
	t.Run("a larger content is refused", func(t *testing.T) {
		c := noise(post.MaxContent + 1)
		p := post.New(start, "large", c, start, "UTC")
		if _, err := s.Create(ctx, p, c); !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v, want invalid_request", err)
		}
		if _, _, err := s.Load(ctx, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("afterwards got %v, want not_found", err)
		}
	})
	t.Run("a record that no item holds is refused", func(t *testing.T) {
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "hello"}}}
		p := post.New(start, "large", c, start, "UTC")
		p, err := s.Create(ctx, p, c)
		if err != nil {
			t.Fatal(err)
		}
		grown := p
		grown.Title = strings.Repeat("x", maxItem)
		if _, err := s.Save(ctx, grown); err == nil || fault.CodeOf(err) != fault.Internal {
			t.Errorf("got %v, want an error of the store's own", err)
		}
		if got, _, err := s.Load(ctx, p.ID); err != nil || !cmp.Equal(got, p) {
			t.Errorf("afterwards the record is %v, %v", got, err)
		}
	})
}
