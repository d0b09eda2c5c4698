package xapi

import (
	"context"
	"io"

	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
)

// Uploads is a client as package publish uploads media to X with.
type Uploads struct{ Client *Client }

var _ publish.MediaX = Uploads{}

// category is X's name for what a medium is used as.
func category(k tweet.MediumKind) string { return "tweet_" + string(k) }

// Upload implements [publish.Whole].
func (u Uploads) Upload(ctx context.Context, token string, m post.Medium, from io.Reader) (publish.Progress, error) {
	return progress(u.Client.UploadMedia(ctx, token, UploadMediaRequest{
		Category: category(m.Kind), ContentType: m.Type, Media: from, Size: m.Bytes,
	}))
}

// Status implements [publish.Whole].
func (u Uploads) Status(ctx context.Context, token, id string) (publish.Progress, error) {
	return progress(u.Client.MediaStatus(ctx, token, id))
}

// Describe implements [publish.Whole].
func (u Uploads) Describe(ctx context.Context, token, id, altText string) error {
	return u.Client.DescribeMedia(ctx, token, id, altText)
}

// Initialize implements [publish.Segments].
func (u Uploads) Initialize(ctx context.Context, token string, m post.Medium) (publish.Progress, error) {
	return progress(u.Client.InitializeMedia(ctx, token, InitializeMediaRequest{
		ContentType: m.Type, Size: m.Bytes, Category: category(m.Kind),
	}))
}

// Append implements [publish.Segments].
func (u Uploads) Append(ctx context.Context, token, id string, segment int, from io.Reader, size int64) error {
	return u.Client.AppendMedia(ctx, token, AppendMediaRequest{ID: id, Segment: segment, Media: from, Size: size})
}

// Finalize implements [publish.Segments].
func (u Uploads) Finalize(ctx context.Context, token, id string) (publish.Progress, error) {
	return progress(u.Client.FinalizeMedia(ctx, token, id))
}

// progress is what the publisher needs of X's answer.
func progress(m Medium, err error) (publish.Progress, error) {
	return publish.Progress{ID: m.ID, Key: m.Key, Ready: m.Ready(), Check: m.CheckAfter, Expires: m.ExpiresAt}, err
}
