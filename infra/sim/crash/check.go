package main

import (
	"errors"
	"fmt"
	"strings"

	"spool/infra/xsim"
)

// check holds X's timeline and journal against the records.
func (c *crash) check() error {
	timeline, err := c.stack.Simulator.Timeline(account)
	if err != nil {
		return err
	}
	byID := map[string]xsim.Post{}
	for _, t := range timeline {
		byID[t.ID] = t
	}
	var errs []error
	known, tweets, media, unknown := map[string]bool{}, 0, 0, 0
	for _, t := range c.posts {
		tweets += len(t.tweets)
		for _, tweet := range t.tweets {
			media += len(tweet.Media)
		}
		if t.post.SubStatus == "unknown" {
			unknown++
		}
		if t.post.Status != "published" {
			errs = append(errs, fmt.Errorf("a thread ended as %s/%s: %+v", t.post.Status, t.post.SubStatus, t.post.FailReason))
		}
		errs = append(errs, c.chain(t, byID))
		for _, id := range t.post.PlatformPostIDs {
			known[id] = true
		}
	}
	creates, uploads := 0, 0
	for _, e := range c.stack.Simulator.Journal() {
		if e.Method == "POST" && e.Path == "/2/tweets" {
			creates++
		}
		if e.Method == "POST" && strings.HasPrefix(e.Path, "/2/media/") {
			uploads++
		}
		if e.Committed != "" && !known[e.Committed] {
			errs = append(errs,
				fmt.Errorf("tweet %s (%q) is on X, and no record knows of it", e.Committed, byID[e.Committed].Text))
		}
	}
	fmt.Fprintf(c.out,
		"%d processes killed at work, %d threads with %d tweets, %d requests to post them, %d media, %d requests to upload them, %d threads unknown\n",
		c.killed, len(c.posts), tweets, creates, media, uploads, unknown)
	if c.turns != nil {
		fmt.Fprintf(c.out, "Functions were replaced by those of the other version, and back, %d times in all.\n", c.turns.count)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "Each tweet is on X once, in order, in its thread, with its media or poll, and in its record.")
	return nil
}

// chain checks one thread: its tweets are on X in one chain, as they were written,
// with their media.
func (c *crash) chain(t *thread, byID map[string]xsim.Post) error {
	parent := ""
	if got, want := len(t.post.PlatformPostIDs), len(t.tweets); got != want {
		return fmt.Errorf("a thread has %d tweets on X, want %d", got, want)
	}
	for i, id := range t.post.PlatformPostIDs {
		on, ok := byID[id]
		if !ok || on.Parent != parent {
			return fmt.Errorf("tweet %s of a thread is on X: %v, in reply to %q, want %q", id, ok, on.Parent, parent)
		}
		parent = id
		if want := t.tweets[i]; on.Text != want.Text || !c.shown(on, want) {
			return fmt.Errorf("tweet %s is %q with %+v, want %+v", id, on.Text, on.Media, want)
		}
	}
	return nil
}
