// Package topic sends e-mail through an SNS topic: to every address that has subscribed
// to it.
package topic

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"spool/shared/notify"
)

// API is what the topic needs of SNS; *sns.Client has it.
type API interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

var _ API = (*sns.Client)(nil)

// Topic is an SNS topic. It is safe for concurrent use.
type Topic struct {
	SNS API
	ARN string
}

// New gives the topic of an ARN.
func New(cfg aws.Config, arn string) notify.Mail {
	return &Topic{SNS: sns.NewFromConfig(cfg), ARN: arn}
}

// Publish sends one e-mail. SNS takes a subject of ASCII, less than 100 characters long.
func (t *Topic) Publish(ctx context.Context, subject, body string) error {
	if _, err := t.SNS.Publish(ctx, &sns.PublishInput{TopicArn: &t.ARN, Subject: &subject, Message: &body}); err != nil {
		return fmt.Errorf("topic: %w", err)
	}
	return nil
}
