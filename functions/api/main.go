// Command api is the Lambda function behind Spool's HTTP API.
package main

import (
	"context"
	"log"
	_ "time/tzdata" // the runtime image has no time zones

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app/web"
	"spool/shared/gateway"
)

func main() {
	handler, err := web.API(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(gateway.Handler(handler))
}
