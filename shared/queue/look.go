package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"spool/shared/notify"
)

// Look is the order to look at a record that has something to tell, as package notify
// gives it.
type Look = notify.Look

// lookBody is a message of the notice queue.
type lookBody struct {
	Post     string `json:"post_id,omitempty"`
	Account  string `json:"account_id,omitempty"`
	App      bool   `json:"app,omitempty"`
	Channel  string `json:"channel_id,omitempty"`
	Delivery string `json:"delivery_id,omitempty"`
}

// DecodeLook reads the body of a message. Unknown fields are let through, so that newer
// functions can run beside an older notify. Delay is zero: it is over.
func DecodeLook(message string) (Look, error) {
	var b lookBody
	if err := json.Unmarshal([]byte(message), &b); err != nil {
		return Look{}, fmt.Errorf("queue: the message is not the JSON of a look: %w", err)
	}
	l := Look{Post: b.Post, Account: b.Account, App: b.App, Channel: b.Channel, Delivery: b.Delivery}
	switch {
	case l == Look{} || b.Delivery != "" && b.Channel == "":
		return Look{}, errors.New("queue: the message names nothing to look at")
	case max(len(b.Post), len(b.Account), len(b.Channel), len(b.Delivery)) > 2*maxID:
		return Look{}, errors.New("queue: the message names something that is too long for an id")
	}
	return l, nil
}

// Notices sends looks to the notice queue. It is safe for concurrent use.
type Notices struct {
	SQS API
	URL string
}

var _ notify.Queue = (*Notices)(nil)

// LookAll implements [notify.Queue], ten looks to a request.
func (n *Notices) LookAll(ctx context.Context, looks []Look) error {
	var errs []error
	for chunk := range slices.Chunk(looks, batchSize) {
		in := &sqs.SendMessageBatchInput{QueueUrl: &n.URL}
		for i, l := range chunk {
			body, err := json.Marshal(lookBody{l.Post, l.Account, l.App, l.Channel, l.Delivery})
			if err != nil {
				return err
			}
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)),
				DelaySeconds: seconds(l.Delay.Truncate(time.Second)),
			})
		}
		out, err := n.SQS.SendMessageBatch(ctx, in)
		if err == nil && len(out.Successful) < len(chunk) {
			err = fmt.Errorf("SQS took %d of %d messages", len(out.Successful), len(chunk))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("queue: notices: %w", err))
		}
	}
	return errors.Join(errs...)
}
