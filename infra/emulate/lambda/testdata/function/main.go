// Command function is the Lambda function of the tests: its event says how it is to behave.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	Code int    `json:"code"` // for exit
	URL  string `json:"url"`  // for get
	Size int    `json:"size"` // for fill and hoard, in bytes
}

func main() {
	fmt.Println("init")
	switch os.Getenv("INIT") {
	case "exit":
		os.Exit(7)
	case "hang":
		select {}
	case "report":
		url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
		resp, err := http.Post(url, "application/json",
			strings.NewReader(`{"errorType":"Config.Missing","errorMessage":"no table"}`))
		if err == nil {
			resp.Body.Close()
		}
		os.Exit(1)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, e event) (any, error) {
	fmt.Println("handling", e.Do)
	switch e.Do {
	case "error":
		return nil, errors.New("no such post")
	case "panic":
		panic("at the disco")
	case "exit":
		os.Exit(e.Code)
	case "hang":
		select {}
	case "get":
		resp, err := http.Get(e.URL)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	case "hoard":
		hoard := make([]byte, e.Size)
		for i := range hoard { // memory that is not written to is none
			hoard[i] = 1
		}
		select {}
	case "fill":
		return strings.Repeat("x", e.Size), nil
	}
	deadline, _ := ctx.Deadline()
	lc, _ := lambdacontext.FromContext(ctx)
	return map[string]any{
		"pid": os.Getpid(), "left_ms": time.Until(deadline).Milliseconds(), "arn": lc.InvokedFunctionArn,
		"request_id": lc.AwsRequestID, "environ": os.Environ(),
	}, nil
}
