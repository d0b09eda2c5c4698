package eventsource

import (
	"encoding/json"
	"errors"
	"fmt"

	"spool/infra/emulate"
	"spool/infra/emulate/sqs"
)

// record is a message as functions see it.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
type record struct {
	MessageID         string               `json:"messageId"`
	ReceiptHandle     string               `json:"receiptHandle"`
	Body              string               `json:"body"`
	Attributes        map[string]string    `json:"attributes"`
	MessageAttributes map[string]attribute `json:"messageAttributes"`
	MD5OfAttributes   string               `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody         string               `json:"md5OfBody"`
	EventSource       string               `json:"eventSource"`
	EventSourceARN    string               `json:"eventSourceARN"`
	AWSRegion         string               `json:"awsRegion"`
}

type attribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"` // always empty
	BinaryListValues [][]byte `json:"binaryListValues"` // always empty
	DataType         string   `json:"dataType"`
}

// event is the payload for a batch.
func event(queueARN string, batch []sqs.Message) []byte {
	records := make([]record, 0, len(batch))
	for _, m := range batch {
		r := record{
			MessageID: m.ID, ReceiptHandle: m.ReceiptHandle, Body: m.Body, Attributes: m.Attributes,
			MessageAttributes: map[string]attribute{}, MD5OfAttributes: m.MD5OfMessageAttributes, MD5OfBody: m.MD5OfBody,
			EventSource: "aws:sqs", EventSourceARN: queueARN, AWSRegion: emulate.Region,
		}
		for name, a := range m.MessageAttributes {
			r.MessageAttributes[name] = attribute{
				StringValue: a.StringValue, BinaryValue: a.BinaryValue, DataType: a.DataType,
				StringListValues: []string{}, BinaryListValues: [][]byte{},
			}
		}
		records = append(records, r)
	}
	payload, err := json.Marshal(map[string][]record{"Records": records})
	if err != nil {
		panic(err) // only strings and bytes
	}
	return payload
}

// failures reads an answer {"batchItemFailures":[{"itemIdentifier":"…"}]}: the ids of the messages that failed. As on
// Lambda, an answer that is no JSON object, an empty id and an id that is not in the batch fail the whole batch, while
// an empty or absent list is a complete success.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func failures(answer []byte, batch []sqs.Message) (map[string]bool, error) {
	var in struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &in); err != nil {
			return nil, fmt.Errorf("the answer is no batch response: %w", err)
		}
	}
	inBatch := map[string]bool{}
	for _, m := range batch {
		inBatch[m.ID] = true
	}
	failed := map[string]bool{}
	for _, f := range in.BatchItemFailures {
		if f.ItemIdentifier == "" {
			return nil, errors.New("the answer has an empty itemIdentifier")
		}
		if !inBatch[f.ItemIdentifier] {
			return nil, fmt.Errorf("the answer has the itemIdentifier %q, which is not in the batch", f.ItemIdentifier)
		}
		failed[f.ItemIdentifier] = true
	}
	return failed, nil
}
