package year

import (
	"fmt"
	"time"

	"spool/shared/post"
)

// Post is the i-th of n posts, as they are at a time: a fifth is to go out in the next sixty
// days, the others were made in the three hundred days before.
func Post(i, n int, accountID string, now time.Time) (post.Post, post.Content) {
	word := "thread"
	if i%50 == 7 {
		word = "Zanzibar"
	}
	c := post.Content{Version: 1}
	for k := range 3 {
		c.Tweets = append(c.Tweets, post.Tweet{Text: fmt.Sprintf("Tweet %d of %s %d says a little of what there is to say, as long as a tweet is as a rule, and 日本語 too.", k+1, word, i)})
	}
	if i%5 == 0 {
		at := now.Add(time.Duration(i+1) * (60 * 24 * time.Hour / time.Duration(n)))
		return post.New(now.Add(-time.Duration(i+1)*time.Second), accountID, c, at, "Europe/Berlin"), c
	}
	created := now.Add(-time.Duration(i+1) * (300 * 24 * time.Hour / time.Duration(n)))
	at := created.Add(time.Hour)
	status := post.Published
	switch i % 100 {
	case 1, 2:
		status = post.Failed
	case 3:
		status = post.Missed
	case 4, 6:
		status = post.Cancelled
	case 7, 8:
		status, at = post.Draft, time.Time{}
	case 9:
		status = post.Deleted
	case 11:
		status = post.Publishing
	}
	p := post.New(created, accountID, c, at, "Europe/Berlin")
	p.Status, p.Due = status, time.Time{}
	switch status {
	case post.Published:
		for k := range c.Tweets {
			t := at.Add(time.Duration(k) * time.Second)
			p.Published = append(p.Published, post.Receipt{ID: post.IDAt(t), AttemptedAt: t, PostedAt: t})
		}
	case post.Publishing:
		p.Sub, p.Due = post.Paused, now.Add(time.Duration(1+i%360)*time.Minute)
	}
	return p, c
}
