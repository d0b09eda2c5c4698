package stack

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	kmsclient "github.com/aws/aws-sdk-go-v2/service/kms"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	sqsclient "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"spool/infra/emulate"
	"spool/infra/emulate/eventsource"
	"spool/infra/emulate/sqs"
)

// elsewhere is an implementation of SQS, KMS and S3 in place of the stack's own. What functions ask of it still passes
// the stack's endpoints, which hold them to their roles and count.
type elsewhere struct {
	at     *url.URL
	aws    aws.Config
	keys   map[string]string       // ARNs by logical id
	queues map[string]*remoteQueue // by logical id
}

func newElsewhere(at *url.URL) *elsewhere {
	return &elsewhere{at: at, keys: map[string]string{}, queues: map[string]*remoteQueue{}, aws: aws.Config{
		Region: emulate.Region, BaseEndpoint: aws.String(at.String()),
		Credentials: credentials.NewStaticCredentialsProvider(emulate.AccessKeyID, "local", ""),
	}}
}

// behind is what answers for a service: its own implementation, unless there is another.
func (s *Stack) behind(own http.Handler) http.Handler {
	if s.elsewhere == nil {
		return own
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(s.elsewhere.at) }}
}

// keyARN is what iam.KMS asks for.
func (s *Stack) keyARN(keyID string, ciphertext []byte) string {
	if s.elsewhere == nil {
		return s.keys.KeyARN(keyID, ciphertext)
	}
	return keyID // Spool's code always names the key by its ARN
}

// key makes the key of a logical id, unless it is there.
func (s *Stack) key(ctx context.Context, id string) (arn string, err error) {
	if s.elsewhere == nil {
		return s.keys.Key("alias/" + id)
	}
	if arn, ok := s.elsewhere.keys[id]; ok {
		return arn, nil
	}
	out, err := kmsclient.NewFromConfig(s.elsewhere.aws).CreateKey(ctx, &kmsclient.CreateKeyInput{})
	if err != nil {
		return "", err
	}
	s.elsewhere.keys[id] = aws.ToString(out.KeyMetadata.Arn)
	return s.elsewhere.keys[id], nil
}

// queue makes a queue for a logical id.
func (e *elsewhere) queue(ctx context.Context, id, name string, attributes map[string]string) error {
	client := sqsclient.NewFromConfig(e.aws)
	out, err := client.CreateQueue(ctx, &sqsclient.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		return err
	}
	e.queues[id] = &remoteQueue{client, out.QueueUrl, emulate.ARN("sqs", name)}
	return nil
}

// source is the queue of a logical id as a mapping polls it.
func (s *Stack) source(id string) eventsource.Queue {
	if s.elsewhere == nil {
		return s.queues[id]
	}
	return s.elsewhere.queues[id]
}

// bucket makes a bucket.
func (e *elsewhere) bucket(ctx context.Context, name string) error {
	client := s3client.NewFromConfig(e.aws, func(o *s3client.Options) { o.UsePathStyle = true })
	_, err := client.CreateBucket(ctx, &s3client.CreateBucketInput{Bucket: &name})
	return err
}

// remoteQueue polls a queue over the wire, as Lambda does.
type remoteQueue struct {
	client *sqsclient.Client
	url    *string
	arn    string
}

// ARN implements [eventsource.Queue].
func (q *remoteQueue) ARN() string { return q.arn }

// longestPoll is the longest that SQS lets a receiver wait.
const longestPoll = 20 * time.Second

// Receive implements [eventsource.Queue].
func (q *remoteQueue) Receive(ctx context.Context, max int, wait time.Duration) ([]sqs.Message, error) {
	out, err := q.client.ReceiveMessage(ctx, &sqsclient.ReceiveMessageInput{
		QueueUrl: q.url, MaxNumberOfMessages: int32(max), WaitTimeSeconds: int32(min(wait, longestPoll) / time.Second),
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
	})
	if ctx.Err() != nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", q.arn, err)
	}
	var messages []sqs.Message
	for _, m := range out.Messages {
		messages = append(messages, sqs.Message{
			ID: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			MD5OfBody: aws.ToString(m.MD5OfBody), Attributes: m.Attributes,
		})
	}
	return messages, nil
}

// Delete implements [eventsource.Queue].
func (q *remoteQueue) Delete(receiptHandle string) error {
	_, err := q.client.DeleteMessage(context.Background(), &sqsclient.DeleteMessageInput{
		QueueUrl: q.url, ReceiptHandle: &receiptHandle,
	})
	return err
}
