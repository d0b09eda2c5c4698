package blob

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// tracePath is where [Bucket.Trace] leaves a file.
const tracePath = "media/health"

// Trace leaves an empty file, which shows that the bucket takes files.
func (b *Bucket) Trace(ctx context.Context) error {
	key := tracePath
	_, err := b.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: strings.NewReader("")})
	if err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}

// Traced looks for the file of [Bucket.Trace]. Unlike [Bucket.Stat] it gives S3's own refusal.
func (b *Bucket) Traced(ctx context.Context) error {
	key := tracePath
	if _, err := b.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &key}); err != nil {
		return fmt.Errorf("look at %s: %w", key, err)
	}
	return nil
}
