// Command notify is the Lambda function that tells the owner what happened: by webhooks,
// in chats and by e-mail.
package main

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app"
	"spool/shared/topic"
)

func main() {
	worker, looks, self, err := app.Notify(topic.New)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler{worker, looks, self}.handle)
}
