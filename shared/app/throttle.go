package app

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// countThrottles has each try that a service of AWS turns away counted, whether or not a later one succeeds.
func (b *base) countThrottles(stack *middleware.Stack) error {
	throttles := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	count := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleFinalize(ctx, in)
		if err != nil && throttles.IsErrorThrottle(err) == aws.TrueTernary {
			b.metrics.Throttled(ctx, awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), err)
		}
		return out, metadata, err
	}
	return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("CountThrottles", count), middleware.After)
}
