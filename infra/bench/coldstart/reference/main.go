// Command reference is a function that does nothing, with three clients of AWS: what Spool's functions are compared to.
package main

import (
	"context"
	"log"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// clients are kept, as those of a function that uses them.
type clients struct {
	tables *dynamodb.Client
	keys   *kms.Client
	queues *sqs.Client
}

func (c clients) handle(ctx context.Context) error {
	_, err := c.tables.ListTables(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := c.keys.ListKeys(ctx, nil); err != nil {
		return err
	}
	_, err = c.queues.ListQueues(ctx, nil)
	return err
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	c := clients{dynamodb.NewFromConfig(cfg), kms.NewFromConfig(cfg), sqs.NewFromConfig(cfg)}
	lambda.Start(c.handle)
}
