package main

import (
	"errors"
	"fmt"
	"slices"

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
	known, tweets, unknown := map[string]bool{}, 0, 0
	for _, t := range c.posts {
		tweets += len(t.texts)
		if t.post.SubStatus == "unknown" {
			unknown++
		}
		if t.post.Status != "published" {
			errs = append(errs, fmt.Errorf("a thread ended as %s/%s: %+v", t.post.Status, t.post.SubStatus, t.post.FailReason))
		}
		errs = append(errs, t.chain(byID))
		for _, id := range t.post.PlatformPostIDs {
			known[id] = true
		}
	}
	creates := 0
	for _, e := range c.stack.Simulator.Journal() {
		if e.Method == "POST" && e.Path == "/2/tweets" {
			creates++
		}
		if e.Committed != "" && !known[e.Committed] {
			errs = append(errs, fmt.Errorf("tweet %s (%q) is on X, and no record knows of it", e.Committed, byID[e.Committed].Text))
		}
	}
	fmt.Fprintf(c.out, "%d processes killed at work, %d threads with %d tweets, %d requests to post them, %d threads unknown\n",
		c.killed, len(c.posts), tweets, creates, unknown)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "Each tweet is on X once, in order, in its thread, and in its record.")
	return nil
}

// chain checks one thread: its tweets are on X in one chain, as they were written.
func (t *thread) chain(byID map[string]xsim.Post) error {
	var texts []string
	parent := ""
	for _, id := range t.post.PlatformPostIDs {
		on, ok := byID[id]
		if !ok || on.Parent != parent {
			return fmt.Errorf("tweet %s of a thread is on X: %v, in reply to %q, want %q", id, ok, on.Parent, parent)
		}
		parent = id
		texts = append(texts, on.Text)
	}
	if !slices.Equal(texts, t.texts) {
		return fmt.Errorf("a thread has %q on X, want %q", texts, t.texts)
	}
	return nil
}
