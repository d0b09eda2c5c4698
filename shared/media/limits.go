package media

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits are those of X's rules that have changed before: how large, long and fast media
// may be. What X takes at all, such as H.264, is not among them; nor are the sizes of files
// (see [MaxBytes]), which Spool's own uploads are made for.
type Limits struct {
	AsOf string `json:"as_of"` // the date of X's page, such as 2026-08-01

	GIFWidth  int   `json:"gif_width"` // in pixels
	GIFHeight int   `json:"gif_height"`
	GIFFrames int   `json:"gif_frames"`
	GIFPixels int64 `json:"gif_pixels"` // of all frames together

	MinSeconds float64 `json:"video_min_seconds"`
	MaxSeconds float64 `json:"video_max_seconds"` // accounts with Premium may exceed it
	FPS        float64 `json:"video_fps"`
	Ratio      int     `json:"video_ratio"`    // of the longer side to the shorter
	MinSide    int     `json:"video_min_side"` // in pixels
	// The sides of a video either way round, which accounts with Premium may exceed.
	LongSide  int `json:"video_long_side"`
	ShortSide int `json:"video_short_side"`
}

// ListLimits are those that X's documentation gives.
// Source: https://docs.x.com/x-api/media/quickstart/best-practices.
func ListLimits() Limits {
	return Limits{
		AsOf:     "2026-08-01",
		GIFWidth: 1280, GIFHeight: 1080, GIFFrames: 350, GIFPixels: 300_000_000,
		MinSeconds: 0.5, MaxSeconds: 140, FPS: 60, Ratio: 3, MinSide: 32, LongSide: 1280, ShortSide: 1024,
	}
}

// ParseLimits reads limits as JSON: what is left out is as X lists it. On an error they are
// all as X lists them.
func ParseLimits(text string) (Limits, error) {
	l := ListLimits()
	if text == "" {
		return l, nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	err := d.Decode(&l)
	if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("something follows the object")
	}
	if err == nil {
		err = l.validate()
	}
	if err != nil {
		return ListLimits(),
			fmt.Errorf("these are no limits such as {\"as_of\":\"2026-12-01\",\"video_max_seconds\":1200}: %w", err)
	}
	return l, nil
}

// validate refuses what no medium could keep to.
func (l Limits) validate() error {
	if _, err := time.Parse(time.DateOnly, l.AsOf); err != nil {
		return errors.New("as_of is not a date such as 2026-12-01")
	}
	for name, n := range map[string]float64{
		"gif_width": float64(l.GIFWidth), "gif_height": float64(l.GIFHeight), "gif_frames": float64(l.GIFFrames),
		"gif_pixels":        float64(l.GIFPixels),
		"video_max_seconds": l.MaxSeconds, "video_fps": l.FPS, "video_ratio": float64(l.Ratio),
		"video_long_side": float64(l.LongSide), "video_short_side": float64(l.ShortSide),
	} {
		if n < 1 {
			return fmt.Errorf("%s is below 1", name)
		}
	}
	switch {
	case l.MinSeconds < 0 || l.MinSeconds > l.MaxSeconds:
		return errors.New("video_min_seconds is not between 0 and video_max_seconds")
	case l.MinSide < 0 || l.MinSide > l.ShortSide || l.ShortSide > l.LongSide:
		return errors.New("video_min_side, video_short_side and video_long_side are not in ascending order")
	}
	return nil
}

// duration is a number of seconds.
func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
