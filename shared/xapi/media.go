package xapi

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"spool/shared/post"
)

// MediaLife is how long X keeps an uploaded medium for a post to use.
const MediaLife = 24 * time.Hour

// DefaultUploadTimeout bounds a request that moves the bytes of a medium, or
// has X assemble them.
const DefaultUploadTimeout = time.Minute

// The states of processing, as X names them. X reports a failed one too, which
// is an error here.
const (
	MediaPending    = "pending"
	MediaInProgress = "in_progress"
	MediaSucceeded  = "succeeded"
)

// UploadMediaRequest is a whole medium, for one request.
type UploadMediaRequest struct {
	Category    string        // tweet_image, tweet_gif or tweet_video
	ContentType string        // such as image/png
	Media       io.Reader     // exactly Size bytes are read, and none after the call
	Size        int64         // in bytes
	Timeout     time.Duration // of the request; zero stands for DefaultUploadTimeout
}

// InitializeMediaRequest announces a medium that comes in segments.
type InitializeMediaRequest struct {
	ContentType string `json:"media_type"`     // such as video/mp4
	Size        int64  `json:"total_bytes"`    // of all segments together
	Category    string `json:"media_category"` // tweet_gif, tweet_video or tweet_image
}

// AppendMediaRequest is one segment. X takes segments of up to 5 MB, though
// clients report that it refuses those of exactly that, and up to 1,000 of them.
// Sending one again after a lost answer does no harm.
type AppendMediaRequest struct {
	ID      string        // of the upload
	Segment int           // from 0, at most 999
	Media   io.Reader     // exactly Size bytes are read, and none after the call
	Size    int64         // in bytes
	Timeout time.Duration // of the request; zero stands for DefaultUploadTimeout
}

// Medium is an upload as X tells of it.
type Medium struct {
	ID         string        // for media_ids
	Key        string        // media_key: how timelines name it, such as 3_1880028106020515840
	ExpiresAt  time.Time     // when X forgets it; at most MediaLife from now
	State      string        // of processing; empty where there is none, or none any more
	CheckAfter time.Duration // how long to wait before asking again, where it is not ready
	Progress   int           // of processing, in percent
}

// Ready reports whether a post may use the medium.
func (m Medium) Ready() bool { return m.State == "" || m.State == MediaSucceeded }

// UploadMedia uploads a medium in one request. X may still process it after.
// Source: https://docs.x.com/x-api/media/media-upload.
func (c *Client) UploadMedia(ctx context.Context, token string, r UploadMediaRequest) (Medium, error) {
	return c.medium(ctx, "", call{
		token: token, method: http.MethodPost, path: "/2/media/upload",
		timeout: cmp.Or(r.Timeout, DefaultUploadTimeout),
		file: &file{
			field: field{"media_category", r.Category}, contentType: r.ContentType, from: r.Media, size: r.Size,
		},
	})
}

// InitializeMedia opens an upload in segments.
func (c *Client) InitializeMedia(ctx context.Context, token string, r InitializeMediaRequest) (Medium, error) {
	return c.medium(ctx, "", call{token: token, method: http.MethodPost, path: "/2/media/upload/initialize", body: r})
}

// AppendMedia uploads one segment.
func (c *Client) AppendMedia(ctx context.Context, token string, r AppendMediaRequest) error {
	if err := checkID("media_id", r.ID); err != nil {
		return err
	}
	var out json.RawMessage // X says no more than until when the upload is open
	_, err := c.do(ctx, call{
		op: OpMedia, token: token, method: http.MethodPost, path: "/2/media/upload/" + r.ID + "/append",
		timeout: cmp.Or(r.Timeout, DefaultUploadTimeout), mayBeEmpty: true,
		file: &file{
			field: field{"segment_index", strconv.Itoa(r.Segment)}, contentType: "application/octet-stream",
			from: r.Media, size: r.Size,
		},
	}, &out)
	return err
}

// FinalizeMedia ends an upload in segments. Where the medium is not ready then,
// X processes it.
func (c *Client) FinalizeMedia(ctx context.Context, token, id string) (Medium, error) {
	if err := checkID("media_id", id); err != nil {
		return Medium{}, err
	}
	return c.medium(ctx, id, call{
		token: token, method: http.MethodPost, path: "/2/media/upload/" + id + "/finalize",
		timeout: DefaultUploadTimeout,
	})
}

// MediaStatus asks how far the processing of a finalized upload is. A medium
// that X could not process is an *Error whose verdict is final.
func (c *Client) MediaStatus(ctx context.Context, token, id string) (Medium, error) {
	if err := checkID("media_id", id); err != nil {
		return Medium{}, err
	}
	return c.medium(ctx, id, call{
		token: token, method: http.MethodGet, path: "/2/media/upload",
		query: url.Values{"command": {"STATUS"}, "media_id": {id}},
	})
}

// DescribeMedia sets the alternative text, of at most 1,000 characters. It must
// be set before a post uses the medium. Setting it twice does no harm.
func (c *Client) DescribeMedia(ctx context.Context, token, id, altText string) error {
	if err := checkID("media_id", id); err != nil {
		return err
	}
	type text struct {
		Text string `json:"text"`
	}
	type metadata struct {
		AltText text `json:"alt_text"`
	}
	var out struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	got, err := c.do(ctx, call{
		op: OpMedia, token: token, method: http.MethodPost, path: "/2/media/metadata", mayBeEmpty: true,
		body: struct {
			ID       string   `json:"id"`
			Metadata metadata `json:"metadata"`
		}{id, metadata{text{altText}}},
	}, &out)
	if err == nil && len(got.body) > 0 && out.Data.ID != id {
		return got.refusal()
	}
	return err
}

// mediumResponse is X's answer to all that is asked about an upload.
type mediumResponse struct {
	Data struct {
		ID         string `json:"id"`
		Key        string `json:"media_key"`
		Expires    int64  `json:"expires_after_secs"`
		Processing struct {
			State      string `json:"state"`
			CheckAfter int64  `json:"check_after_secs"`
			Progress   int    `json:"progress_percent"`
		} `json:"processing_info"`
	} `json:"data"`
}

// medium sends a call that X answers with the state of an upload: of the one
// with this id, or of a new one where that is empty.
func (c *Client) medium(ctx context.Context, id string, a call) (Medium, error) {
	a.op = OpMedia
	var out mediumResponse
	got, err := c.do(ctx, a, &out)
	if err != nil {
		return Medium{}, err
	}
	d := out.Data
	if !post.ValidID(d.ID) || id != "" && d.ID != id || d.Processing.State == mediaFailed {
		return Medium{}, got.refusal()
	}
	m := Medium{
		ID: d.ID, Key: d.Key, ExpiresAt: got.at.Add(within(d.Expires, MediaLife)),
		State: d.Processing.State, Progress: min(max(d.Processing.Progress, 0), 100),
	}
	if !m.Ready() {
		m.CheckAfter = max(within(d.Processing.CheckAfter, maxCheckAfter), minCheckAfter)
	}
	return m, nil
}

// How often X is asked for the state of processing, whatever it says itself.
const (
	minCheckAfter = time.Second
	maxCheckAfter = 5 * time.Minute
)

// mediaFailed is the state of processing that X refuses a medium with.
const mediaFailed = "failed"

// within is so many seconds, and at most the limit; the limit too where X says
// nothing or nonsense.
func within(seconds int64, limit time.Duration) time.Duration {
	if seconds <= 0 || seconds > int64(limit/time.Second) {
		return limit
	}
	return time.Duration(seconds) * time.Second
}
