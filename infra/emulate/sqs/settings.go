package sqs

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are a queue's attributes, as given and as understood.
type settings struct {
	attributes map[string]string // with the defaults

	visibility, delay, wait, retention time.Duration
	maxSize                            int // of a message, in bytes

	deadLetters *Queue // nil without redrive
	maxReceives int
}

// numbers are the numeric attributes with what they may be and are by default.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
func numbers() map[string]struct{ low, high, preset int } {
	return map[string]struct{ low, high, preset int }{
		"DelaySeconds":                  {0, maxDelaySeconds, 0},
		"MaximumMessageSize":            {1 << 10, 1 << 20, 1 << 20},
		"MessageRetentionPeriod":        {60, 14 * 24 * 3600, 4 * 24 * 3600},
		"ReceiveMessageWaitTimeSeconds": {0, maxWaitSeconds, 0},
		"VisibilityTimeout":             {0, maxVisibilitySeconds, 30},
	}
}

const (
	maxDelaySeconds      = 900
	maxWaitSeconds       = 20
	maxVisibilitySeconds = 12 * 3600
)

// ignored are attributes that change nothing here.
func ignored() []string {
	return []string{
		"KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "SqsManagedSseEnabled",
	}
}

// configure takes the attributes of a new queue. The caller holds the server's lock.
func (q *Queue) configure(given map[string]string) error {
	known := numbers()
	for name, value := range given {
		if _, ok := known[name]; !ok && name != "RedrivePolicy" && !slices.Contains(ignored(), name) {
			return refusal("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
		if name == "RedrivePolicy" {
			if err := q.redriveTo(value); err != nil {
				return err
			}
		}
	}
	q.attributes = map[string]string{}
	value := map[string]int{}
	for name, n := range known {
		value[name] = n.preset
		if text, ok := given[name]; ok {
			v, err := strconv.Atoi(text)
			if err != nil || v < n.low || v > n.high {
				return refusal("InvalidAttributeValue", "InvalidAttributeValue",
					"Invalid value for the parameter %s: %q, must be between %d and %d.", name, text, n.low, n.high)
			}
			value[name] = v
		}
		q.attributes[name] = strconv.Itoa(value[name])
	}
	maps.Copy(q.attributes, given)
	q.visibility, q.delay = seconds(value["VisibilityTimeout"]), seconds(value["DelaySeconds"])
	q.wait, q.retention = seconds(value["ReceiveMessageWaitTimeSeconds"]), seconds(value["MessageRetentionPeriod"])
	q.maxSize = value["MaximumMessageSize"]
	return nil
}

// redriveTo reads a RedrivePolicy: {"deadLetterTargetArn":"…","maxReceiveCount":3}, where the count may be a string.
func (q *Queue) redriveTo(policy string) error {
	var in struct {
		Target string          `json:"deadLetterTargetArn"`
		Max    json.RawMessage `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(policy), &in); err != nil {
		return refusal("InvalidAttributeValue", "InvalidAttributeValue", "RedrivePolicy is not valid JSON: %v", err)
	}
	n, err := strconv.Atoi(strings.Trim(string(in.Max), `"`))
	if err != nil || n < 1 || n > 1000 {
		return refusal("InvalidAttributeValue", "InvalidAttributeValue",
			"maxReceiveCount of the RedrivePolicy must be between 1 and 1000, not %s.", in.Max)
	}
	target := q.server.byARN(in.Target)
	if target == nil {
		return refusal("InvalidAttributeValue", "InvalidAttributeValue",
			"The dead-letter queue of the RedrivePolicy does not exist: %s", in.Target)
	}
	q.deadLetters, q.maxReceives = target, n
	return nil
}

// Depth is what is in a queue.
type Depth struct {
	Visible, Hidden, Delayed int           // messages; Hidden are those in flight
	Oldest                   time.Duration // the age of the oldest that is not delayed
}

// Depth tells what is in the queue now.
func (q *Queue) Depth() Depth {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	return q.depth()
}

func (q *Queue) depth() (d Depth) {
	now := q.server.Now()
	for _, m := range q.messages {
		switch {
		case m.receives == 0 && m.visible.After(now):
			d.Delayed++
			continue
		case m.visible.After(now):
			d.Hidden++
		default:
			d.Visible++
		}
		d.Oldest = max(d.Oldest, now.Sub(m.sent))
	}
	return d
}

// describe gives the attributes asked for, or all of them for "All". The caller holds the server's lock.
func (q *Queue) describe(names []string) (map[string]string, error) {
	d := q.depth()
	all := maps.Clone(q.attributes)
	all["QueueArn"] = q.ARN()
	all["ApproximateNumberOfMessages"] = strconv.Itoa(d.Visible)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(d.Hidden)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(d.Delayed)
	if slices.Contains(names, "All") {
		return all, nil
	}
	some := map[string]string{}
	for _, name := range names {
		value, ok := all[name]
		if !ok && name != "RedrivePolicy" && !slices.Contains(ignored(), name) {
			return nil, refusal("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
		if ok {
			some[name] = value
		}
	}
	return some, nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
