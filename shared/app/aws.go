package app

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
)

// awsConfig is what AWS's clients go by, which Lambda gives a function in its environment. The SDK's package config
// would also look for profiles, single sign-on and an instance's role, by four clients more, and all of them would be
// made ready before main begins. What is set here is what it sets where nothing else is given.
func (e *environment) awsConfig() aws.Config {
	return aws.Config{
		Region: e.text("AWS_REGION"),
		Credentials: credentials{
			AccessKeyID: e.text("AWS_ACCESS_KEY_ID"), SecretAccessKey: e.text("AWS_SECRET_ACCESS_KEY"),
			SessionToken: e.get("AWS_SESSION_TOKEN"), Source: "environment",
		},
		HTTPClient:                 newConnections().client(), // all clients share them
		Retryer:                    newRetryer,
		Logger:                     logging.NewStandardLogger(os.Stderr),
		DefaultsMode:               aws.DefaultsModeLegacy,
		AccountIDEndpointMode:      aws.AccountIDEndpointModePreferred,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		ConfigSources:              []any{endpoints(e.get)},
	}
}

// credentials are a function's own, which hold for as long as its environment.
type credentials aws.Credentials

// Retrieve implements [aws.CredentialsProvider].
func (c credentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials(c), nil
}

// endpoints lead clients elsewhere, by AWS_ENDPOINT_URL_DYNAMODB and its like.
type endpoints func(string) string

// GetServiceBaseEndpoint is what the SDK's clients look for among the sources of a configuration.
func (get endpoints) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	url := get("AWS_ENDPOINT_URL_" + strings.ReplaceAll(strings.ToUpper(sdkID), " ", "_"))
	return url, url != "", nil
}
