// Command callback is the Lambda function that takes a browser to X and back
// when an account is connected.
package main

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app"
	"spool/shared/gateway"
)

func main() {
	connector, domain, logger, err := app.Callback()
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(gateway.Handler((&pages{connector, domain, logger}).handler()))
}
