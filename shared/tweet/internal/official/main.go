package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"spool/shared/tweet"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	dec := json.NewDecoder(in)
	n, bad, ents := 0, 0, 0
	for dec.More() {
		var c struct {
			Text                                                               string
			WeightedLength, Permillage                                         int
			Valid                                                              bool
			DisplayRangeStart, DisplayRangeEnd, ValidRangeStart, ValidRangeEnd int
			URLs, Mentions, Hashtags, Cashtags                                 []string
		}
		if err := dec.Decode(&c); err != nil {
			panic(err)
		}
		n++
		got := tweet.Weigh(c.Text, 280)
		want := tweet.Count{Weighted: c.WeightedLength, Limit: 280, Valid: c.Valid, Permillage: c.Permillage, DisplayEnd: c.DisplayRangeEnd, ValidEnd: c.ValidRangeEnd}
		var urls []string
		for _, l := range tweet.Links(c.Text) {
			urls = append(urls, l.Text)
		}
		names := func(kind []tweet.Entity) []string {
			var out []string
			for _, e := range kind {
				out = append(out, strings.TrimLeft(e.Text, "@＠#＃$"))
			}
			return out
		}
		for _, p := range []struct {
			got  []tweet.Entity
			want []string
		}{{tweet.Mentions(c.Text), c.Mentions}, {tweet.Hashtags(c.Text), c.Hashtags}, {tweet.Cashtags(c.Text), c.Cashtags}} {
			if !slices.Equal(names(p.got), p.want) {
				ents++
				if ents < 15 {
					fmt.Printf("ENT %q\n got %q\nwant %q\n", c.Text, names(p.got), p.want)
				}
			}
		}
		if got != want || tweet.WeightedLength(c.Text) != c.WeightedLength || !slices.Equal(urls, c.URLs) {
			bad++
			if bad < 15 {
				fmt.Printf("%q\n got %+v\nwant %+v\n got %q\nwant %q\n", c.Text, got, want, urls, c.URLs)
			}
		}
	}
	fmt.Println(n, "texts,", bad, "differ,", ents, "in entities")
}
