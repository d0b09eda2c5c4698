// Command work marks queued notes as done, notes that come by the dead-letter queue as dead, and notes ticks.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type work struct{ db *dynamodb.Client }

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	lambda.Start(work{dynamodb.NewFromConfig(cfg)}.handle)
}

// event is SQS's or EventBridge's.
type event struct {
	events.SQSEvent
	Source string `json:"source"`
}

func (w work) handle(ctx context.Context, e event) (answer events.SQSEventResponse, err error) {
	if e.Source == "aws.events" {
		return answer, w.mark(ctx, "tick", "ticked")
	}
	for _, m := range e.Records {
		if err := w.record(ctx, m); err != nil {
			fmt.Println("failed", m.Body)
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return answer, nil
}

func (w work) record(ctx context.Context, m events.SQSMessage) error {
	switch {
	case m.EventSourceARN == os.Getenv("DEAD"):
		return w.mark(ctx, m.Body, "dead")
	case m.Body == "poison":
		return errors.New("poison")
	}
	return w.mark(ctx, m.Body, "done")
}

func (w work) mark(ctx context.Context, id, state string) error {
	_, err := w.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String(os.Getenv("NOTES")),
		Key:                       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
		UpdateExpression:          aws.String("SET #s = :s"),
		ExpressionAttributeNames:  map[string]string{"#s": "state"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":s": &types.AttributeValueMemberS{Value: state}},
	})
	fmt.Println("marked", id, state, err)
	return err
}
