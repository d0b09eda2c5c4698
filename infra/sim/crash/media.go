package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"spool/infra/xsim"
	"spool/shared/media/mediatest"
	"spool/shared/wire"
)

// file is one that threads show.
type file struct{ id, sum string }

const (
	pictures  = 6
	videoSize = 9 << 20 // three segments
)

// upload hands over the files, the video last.
func (c *crash) upload(ctx context.Context) error {
	for n := range pictures {
		b := mediatest.PNG(40, 30, uint64(n))
		if err := c.add(ctx, fmt.Sprintf("picture%d.png", n), "image/png", bytes.NewReader(b), int64(len(b))); err != nil {
			return err
		}
	}
	video := mediatest.Video(videoSize, 1)
	return c.add(ctx, "film.mp4", "video/mp4", video, video.Size())
}

func (c *crash) add(ctx context.Context, name, contentType string, content io.ReaderAt, size int64) error {
	m, err := c.owner.Client().AddMedia(ctx, wire.MediaInput{Filename: name, ContentType: contentType, Bytes: size},
		content, nil)
	if err == nil && m.State != "ready" {
		err = fmt.Errorf("it is %s because of %+v", m.State, m.Reason)
	}
	if err != nil {
		return fmt.Errorf("upload %s: %w", name, err)
	}
	c.files = append(c.files, file{m.ID, m.SHA256})
	return nil
}

// show gives most tweets some pictures, and the last one the video or not. No two
// threads describe a file the same way, so that X is given it anew each time.
func (c *crash) show(t *thread) {
	for i := range t.tweets {
		first := c.random.IntN(pictures)
		shown := c.files[first:min(first+c.random.IntN(5), pictures)]
		if i == len(t.tweets)-1 && c.random.IntN(2) == 0 {
			shown = c.files[pictures:]
		}
		for _, f := range shown {
			alt := fmt.Sprintf("Shown by tweet %d of thread %d", i+1, len(c.posts)+1)
			t.tweets[i].Media = append(t.tweets[i].Media, wire.MediaRefInput{ID: f.id, AltText: alt})
		}
	}
}

// ask gives every second tweet a poll.
func (c *crash) ask(t *thread) {
	for i := range t.tweets {
		if i%2 == 0 {
			t.tweets[i].Poll = &wire.Poll{Options: []string{fmt.Sprint("Yes to ", len(c.posts)), "No"}, Minutes: 60}
		}
	}
}

// shown reports whether a tweet on X shows exactly its media, and asks its poll.
func (c *crash) shown(on xsim.Post, want wire.TweetInput) bool {
	if (on.Poll == nil) != (want.Poll == nil) || on.Poll != nil && !slices.Equal(on.Poll.Options, want.Poll.Options) {
		return false
	}
	return slices.EqualFunc(on.Media, want.Media, func(got xsim.PostMedium, m wire.MediaRefInput) bool {
		return slices.Contains(c.files, file{m.ID, got.SHA256}) && got.AltText == m.AltText
	})
}
