// Command refresh is the Lambda function that renews the tokens that expire
// soon.
package main

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app"
)

func main() {
	sweeper, self, err := app.Refresh()
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler{sweeper, self}.handle)
}
