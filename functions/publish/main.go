// Command publish is the Lambda function that publishes threads.
package main

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app"
)

func main() {
	publisher, resumer, messages, self, err := app.Publish()
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler{publisher, resumer, messages, self}.handle)
}
