package blob

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Leave stores an empty file, which shows that the bucket takes files.
func (b *Bucket) Leave(ctx context.Context, key string) error {
	if _, err := b.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: strings.NewReader("")}); err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}

// Find looks for a file that is known to be there. Unlike [Bucket.Stat] it gives S3's
// own refusal.
func (b *Bucket) Find(ctx context.Context, key string) error {
	if _, err := b.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &key}); err != nil {
		return fmt.Errorf("look at %s: %w", key, err)
	}
	return nil
}
