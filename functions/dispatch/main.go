// Command dispatch is the Lambda function that wakes workers for due posts every
// minute, and ends the posts whose messages died.
package main

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app"
)

func main() {
	dispatcher, deadLetters, messages, self, err := app.Dispatch()
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler{dispatcher, deadLetters, messages, self}.handle)
}
