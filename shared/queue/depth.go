package queue

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Measure tells how full a queue is.
type Measure struct {
	SQS *sqs.Client
	URL string
}

// Depth is about how many messages could be taken from the queue now.
func (m Measure) Depth(ctx context.Context) (int, error) {
	const visible = types.QueueAttributeNameApproximateNumberOfMessages
	out, err := m.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &m.URL, AttributeNames: []types.QueueAttributeName{visible},
	})
	if err != nil {
		return 0, fmt.Errorf("queue: count the messages: %w", err)
	}
	return strconv.Atoi(out.Attributes[string(visible)])
}
