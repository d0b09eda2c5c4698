package sqs

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is a received message.
type Message struct {
	ID            string // a UUID
	ReceiptHandle string // of this delivery
	Body          string
	MD5OfBody     string            // hex
	Attributes    map[string]string // system attributes: ApproximateReceiveCount, SentTimestamp (Unix milliseconds)…
	// MessageAttributes are the sender's own; MD5OfMessageAttributes is empty without any.
	MessageAttributes      map[string]Attribute
	MD5OfMessageAttributes string
}

// Attribute is a value that a sender attached to a message.
type Attribute struct {
	DataType    string  // "String", "Number" or "Binary", perhaps with ".label"
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

// message is a message in its queue.
type message struct {
	id, body   string
	attributes map[string]Attribute
	trace      string // the system attribute AWSTraceHeader
	source     string // the ARN of the queue it was redriven from
	group      string // the MessageGroupId

	sent, visible, firstReceived, received time.Time // visible is when it may be received; received, when it was last
	receives                               int
	receipt                                string // random, of the latest delivery
}

// deliver is one delivery of m.
func (m *message) deliver() Message {
	system := map[string]string{
		"SenderId":                         "AIDALOCAL",
		"SentTimestamp":                    unixMilli(m.sent),
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": unixMilli(m.firstReceived),
	}
	if m.trace != "" {
		system["AWSTraceHeader"] = m.trace
	}
	if m.group != "" {
		system["MessageGroupId"] = m.group
	}
	if m.source != "" {
		system["DeadLetterQueueSourceArn"] = m.source
	}
	return Message{
		ID: m.id, ReceiptHandle: m.handle(), Body: m.body, MD5OfBody: sum([]byte(m.body)), Attributes: system,
		MessageAttributes: m.attributes, MD5OfMessageAttributes: sumAttributes(m.attributes),
	}
}

// handle is the receipt handle of the latest delivery: what is random of it, and the message's id.
func (m *message) handle() string { return m.receipt + "." + m.id }

// splitHandle gives the message's id.
func splitHandle(handle string) (id string, err error) {
	receipt, id, ok := strings.Cut(handle, ".")
	if !ok || len(receipt) != len(rand.Text()) || len(id) != len("00000000-0000-0000-0000-000000000000") {
		return "", refusal("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	return id, nil
}

// size is what counts against a queue's MaximumMessageSize.
func size(body string, attributes map[string]Attribute) int {
	n := len(body)
	for name, a := range attributes {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}

// legible reports whether a body holds only the characters that SQS takes: those of XML 1.0.
func legible(body string) bool {
	for i, r := range body {
		switch {
		case r == utf8.RuneError:
			if _, n := utf8.DecodeRuneInString(body[i:]); n == 1 {
				return false
			}
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return false
		}
	}
	return true
}

func unixMilli(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func sum(b []byte) string {
	h := md5.Sum(b)
	return hex.EncodeToString(h[:])
}

// sumAttributes is the digest that SDKs check: MD5 over sorted names, types and values with their lengths.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
func sumAttributes(attributes map[string]Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	var b []byte
	add := func(s string) { b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...) }
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		add(name)
		add(a.DataType)
		if a.StringValue != nil {
			b = append(b, 1)
			add(*a.StringValue)
		} else {
			b = append(b, 2)
			add(string(a.BinaryValue))
		}
	}
	return sum(b)
}
