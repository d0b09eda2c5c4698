// Package blob keeps files in an S3 bucket. Browsers and programs upload them
// straight to S3, by addresses that are signed for one file each.
package blob

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"spool/shared/fault"
)

// uploadTime is how long a signed address is good for: the time in which an
// upload must have begun.
const uploadTime = time.Hour

// Bucket is an S3 bucket. It is safe for concurrent use.
type Bucket struct {
	S3   *s3.Client
	Name string
}

// New gives a bucket by its name.
func New(cfg aws.Config, name string) *Bucket {
	return &Bucket{S3: s3.NewFromConfig(cfg), Name: name}
}

// Presign signs an address to which one file can be uploaded with PUT. S3 takes
// nothing there but a file of this content type, size in bytes and SHA-256, sent
// with the headers, which are signed too. It makes no request.
func (b *Bucket) Presign(ctx context.Context, key, contentType string, size int64,
	sum [32]byte) (address string, headers map[string]string, err error) {
	signed, err := s3.NewPresignClient(b.S3).PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.Name, Key: &key, ContentType: &contentType, ContentLength: &size,
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	}, s3.WithPresignExpires(uploadTime))
	if err != nil {
		return "", nil, fmt.Errorf("sign an upload: %w", err)
	}
	headers = map[string]string{}
	for name, values := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" { // every client sends these by itself
			headers[name] = values[0]
		}
	}
	return signed.URL, headers, nil
}

// Origin is the scheme and host that uploads go to. It makes no request.
func (b *Bucket) Origin(ctx context.Context) (string, error) {
	o := b.S3.Options()
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, s3.EndpointParameters{
		Bucket: &b.Name, Region: &o.Region, Endpoint: o.BaseEndpoint, ForcePathStyle: &o.UsePathStyle,
	})
	if err != nil {
		return "", fmt.Errorf("where uploads go to: %w", err)
	}
	return endpoint.URI.Scheme + "://" + endpoint.URI.Host, nil
}

// Stat gives the size of a file in bytes. One that is not there is a fault of
// code NotFound.
func (b *Bucket) Stat(ctx context.Context, key string) (int64, error) {
	out, err := b.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &key})
	if err != nil {
		return 0, problem("look at", key, err)
	}
	return aws.ToInt64(out.ContentLength), nil
}

// Copy copies a file within the bucket. S3 does it by itself: no bytes pass here.
func (b *Bucket) Copy(ctx context.Context, from, to string) error {
	source := url.PathEscape(b.Name + "/" + from)
	_, err := b.S3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &b.Name, Key: &to, CopySource: &source})
	if err != nil {
		return problem("copy", from, err)
	}
	return nil
}

// Delete deletes a file. One that is not there is deleted already.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.S3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Name, Key: &key}); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// problem tells absence from failure. Who may not list a bucket is answered 403
// for what is not there.
func problem(what, key string, err error) error {
	if r, ok := errors.AsType[*awshttp.ResponseError](err); ok &&
		(r.HTTPStatusCode() == http.StatusNotFound || r.HTTPStatusCode() == http.StatusForbidden) {
		return fault.New(fault.NotFound, "The file is not there.").Because(err)
	}
	return fmt.Errorf("%s %s: %w", what, key, err)
}
