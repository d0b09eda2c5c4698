package sqs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// of sends a message of a group.
func of(group string) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) { in.MessageGroupId = &group }
}

// flood sends so many messages of a group.
func (b *bench) flood(queue *string, group string, n int) {
	b.Helper()
	for from := 0; from < n; from += 10 {
		var entries []types.SendMessageBatchRequestEntry
		for i := from; i < min(n, from+10); i++ {
			entries = append(entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(fmt.Sprint(group, i)), MessageGroupId: &group,
			})
		}
		out, err := b.client.SendMessageBatch(b.Context(), &sqs.SendMessageBatchInput{QueueUrl: queue, Entries: entries})
		if err != nil || len(out.Successful) != len(entries) {
			b.Fatal(out, err)
		}
	}
}

// groups are the groups of messages, without repetitions.
func groups(messages []types.Message) (all []string) {
	for _, m := range messages {
		all = append(all, m.Attributes["MessageGroupId"])
	}
	return slices.Compact(all)
}

func TestFairness(t *testing.T) {
	suite(t, "a group that has many messages in flight comes after the others", func(b *bench) {
		q := b.queue(nil)
		b.flood(q, "loud", 100)
		for range 3 {
			if got := groups(b.receive(q)); !slices.Equal(got, []string{"loud"}) {
				b.Fatalf("received %q", got)
			}
		}
		b.send(q, "quiet", of("quiet"))
		b.send(q, "alone")
		messages := b.receive(q)
		if got := groups(messages); !slices.Equal(got, []string{"quiet", "", "loud"}) {
			b.Errorf("received %q", got)
		}
	})
	suite(t, "below thirty it keeps its place", func(b *bench) {
		q := b.queue(nil)
		b.flood(q, "loud", 100)
		b.receive(q)
		b.receive(q)
		b.receive(q, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 9 })
		b.send(q, "quiet", of("quiet"))
		if got := groups(b.receive(q)); !slices.Equal(got, []string{"loud"}) {
			b.Errorf("received %q", got)
		}
	})
	suite(t, "a group whose messages take long comes after the others, for five minutes", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "slow", of("slow"))
		m := b.receive(q)[0]
		time.Sleep(20 * time.Second)
		b.delete(q, m.ReceiptHandle)
		b.flood(q, "slow", 12)
		b.send(q, "quick", of("quick"))
		first := func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages, in.VisibilityTimeout = 1, 0 }
		if got := groups(b.receive(q, first)); !slices.Equal(got, []string{"quick"}) {
			b.Errorf("received %q", got)
		}
		time.Sleep(5*time.Minute + time.Second)
		if got := groups(b.receive(q, first)); !slices.Equal(got, []string{"slow"}) {
			b.Errorf("later received %q", got)
		}
	})
	suite(t, "of two noisy groups the one with fewer in flight is next", func(b *bench) {
		q := b.queue(nil)
		b.flood(q, "first", 60)
		for range 4 {
			b.receive(q)
		}
		b.flood(q, "second", 60)
		for range 3 {
			b.receive(q)
		}
		counts := map[string]int{}
		for range 2 {
			for _, m := range b.receive(q) {
				counts[m.Attributes["MessageGroupId"]]++
			}
		}
		if counts["first"] != 5 || counts["second"] != 15 { // 45 of each are in flight then
			b.Errorf("received %v", counts)
		}
	})
	suite(t, "what is no group's id is refused", func(b *bench) {
		q := b.queue(nil)
		for _, group := range []string{strings.Repeat("x", 129), "a b", "é"} {
			_, err := b.client.SendMessage(b.Context(), &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String("x"), MessageGroupId: &group})
			b.refused(err, "InvalidParameterValue")
		}
	})
}
