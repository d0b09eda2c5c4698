package sqs

import (
	"errors"
	"regexp"

	"spool/infra/emulate/awsjson"
)

// outcome is the answer to a batch.
type outcome struct {
	Successful []success
	Failed     []failure
}

type success struct {
	Id string
	sent
}

type failure struct {
	Id, Code, Message string
	SenderFault       bool
}

const maxBatchBytes = 1 << 20

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// batch performs one operation for each entry.
func batch(entries []request, do func(*request) (sent, error)) (any, error) {
	if err := checkEntries(entries); err != nil {
		return nil, err
	}
	out := outcome{Successful: []success{}, Failed: []failure{}}
	for i := range entries {
		in := &entries[i]
		answer, err := do(in)
		var refused *awsjson.Error
		switch {
		case err == nil:
			out.Successful = append(out.Successful, success{in.Id, answer})
		case errors.As(err, &refused):
			out.Failed = append(out.Failed, failure{in.Id, refused.Code, refused.Message, true})
		default:
			return nil, err
		}
	}
	return out, nil
}

func checkEntries(entries []request) error {
	const query = "AWS.SimpleQueueService."
	if len(entries) == 0 {
		return refusal("EmptyBatchRequest", query+"EmptyBatchRequest", "There should be at least one entry in the request.")
	}
	if len(entries) > 10 {
		return refusal("TooManyEntriesInBatchRequest", query+"TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10. You have sent %d.", len(entries))
	}
	ids := map[string]bool{}
	for i := range entries {
		id := entries[i].Id
		if !entryID.MatchString(id) {
			return refusal("InvalidBatchEntryId", query+"InvalidBatchEntryId",
				"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if ids[id] {
			return refusal("BatchEntryIdsNotDistinct", query+"BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		}
		ids[id] = true
	}
	return nil
}

func (q *Queue) checkBatchSize(entries []request) error {
	total := 0
	for i := range entries {
		total += size(entries[i].MessageBody, entries[i].MessageAttributes)
	}
	if total > maxBatchBytes {
		return refusal("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
			"Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxBatchBytes, total)
	}
	return nil
}
