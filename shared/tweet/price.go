package tweet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Dollars is an amount of money in millionths of a US dollar, so that sums are exact.
// As text and in JSON it is in dollars: "0.015".
type Dollars int64

// Dollar is one US dollar.
const Dollar Dollars = 1_000_000

// String returns the amount in dollars, with cents and as many further places as it has.
func (d Dollars) String() string {
	text, _ := d.MarshalText()
	if cents := len(text) - 1 - strings.IndexByte(string(text), '.'); cents < 2 {
		return "$" + string(text) + "0"
	}
	return "$" + string(text)
}

// MarshalText writes the amount in dollars, with at least one decimal place.
func (d Dollars) MarshalText() ([]byte, error) {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	text := fmt.Sprintf("%s%d.%06d", sign, d/Dollar, d%Dollar)
	text = strings.TrimRight(text, "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return []byte(text), nil
}

// UnmarshalText reads an amount in dollars, with at most six decimal places.
func (d *Dollars) UnmarshalText(text []byte) error {
	whole, part, _ := strings.Cut(strings.TrimPrefix(string(text), "$"), ".")
	const places = 6
	if len(part) > places {
		return fmt.Errorf("the amount %q has more than %d decimal places", text, places)
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", places-len(part)), 10, 64)
	if err != nil || n < 0 || whole == "" {
		return fmt.Errorf("%q is not an amount in dollars such as 0.015", text)
	}
	*d = Dollars(n)
	return nil
}

// Prices is what X charges for each thing. Failed requests are free.
type Prices struct {
	AsOf          string  `json:"as_of"` // the day the figures were looked up, 2006-01-02
	Post          Dollars `json:"post"`
	PostWithURL   Dollars `json:"post_with_url"`
	MediaMetadata Dollars `json:"media_metadata"` // alt text of one medium
	OwnedRead     Dollars `json:"owned_read"`     // a post of one's own that is read back
	PostRead      Dollars `json:"post_read"`
	UserRead      Dollars `json:"user_read"`
	// Delete is the most that deleting a post can cost: X's list has two prices that
	// may be meant.
	Delete Dollars `json:"delete"`
}

// ListPrices returns X's published prices for pay per use
// (https://docs.x.com/x-api/getting-started/pricing). Configuration may replace them.
func ListPrices() Prices {
	return Prices{
		AsOf:          "2026-08-01",
		Post:          Dollar * 15 / 1000,
		PostWithURL:   Dollar * 200 / 1000,
		MediaMetadata: Dollar * 5 / 1000,
		OwnedRead:     Dollar * 1 / 1000,
		PostRead:      Dollar * 5 / 1000,
		UserRead:      Dollar * 10 / 1000,
		Delete:        Dollar * 10 / 1000,
	}
}

// ParsePrices reads prices as JSON: what is left out is as X publishes it. On an error they
// are all as X publishes them.
func ParsePrices(text string) (Prices, error) {
	p := ListPrices()
	if text == "" {
		return p, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("something follows the object")
	}
	if err == nil {
		_, err = time.Parse(time.DateOnly, p.AsOf)
	}
	if err != nil {
		return ListPrices(),
			fmt.Errorf("these are no prices such as {\"as_of\":\"2026-12-01\",\"post\":\"0.015\"}: %w", err)
	}
	return p, nil
}

// Usage counts what X charges for.
type Usage struct {
	Posts         int `json:"posts"`          // without a link
	PostsWithURL  int `json:"posts_with_url"` // with one or more
	MediaMetadata int `json:"media_metadata"`
	OwnedReads    int `json:"owned_reads"`
	PostReads     int `json:"post_reads"`
	UserReads     int `json:"user_reads"`
}

// UsageOf returns what publishing a thread uses when nothing goes wrong: no reads, since
// Spool reads only to settle a doubt.
func UsageOf(thread []Draft) Usage {
	var u Usage
	for _, d := range thread {
		if len(Links(d.Text)) > 0 {
			u.PostsWithURL++
		} else {
			u.Posts++
		}
		for _, m := range d.Media {
			if m.AltText != "" {
				u.MediaMetadata++
			}
		}
	}
	return u
}

// Plus adds up usage, for example of all threads of a month.
func (u Usage) Plus(v Usage) Usage {
	return Usage{
		Posts:         u.Posts + v.Posts,
		PostsWithURL:  u.PostsWithURL + v.PostsWithURL,
		MediaMetadata: u.MediaMetadata + v.MediaMetadata,
		OwnedReads:    u.OwnedReads + v.OwnedReads,
		PostReads:     u.PostReads + v.PostReads,
		UserReads:     u.UserReads + v.UserReads,
	}
}

// Cost is the price of some usage.
type Cost struct {
	Usage  Usage   `json:"usage"`
	Total  Dollars `json:"total"`
	Prices Prices  `json:"prices"`
}

// Cost prices usage.
func (p Prices) Cost(u Usage) Cost {
	return Cost{Usage: u, Prices: p, Total: p.Post*Dollars(u.Posts) +
		p.PostWithURL*Dollars(u.PostsWithURL) +
		p.MediaMetadata*Dollars(u.MediaMetadata) +
		p.OwnedRead*Dollars(u.OwnedReads) +
		p.PostRead*Dollars(u.PostReads) +
		p.UserRead*Dollars(u.UserReads)}
}
