// Command sweep is the Lambda function that deletes what was kept long enough: files that no post needs, and posts,
// where their owner wants that.
package main

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"spool/shared/app"
)

func main() {
	keeper, self, err := app.Sweep()
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler{keeper, self}.handle)
}
