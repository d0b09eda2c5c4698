package stacktest

import (
	"testing"

	"spool/infra/emulate/independent"
	"spool/infra/emulate/independent/independenttest"
	"spool/infra/stack"
)

// independently runs a stack on what the variables of package independent name.
func independently(t testing.TB, o *stack.Options) {
	t.Helper()
	if moto := independenttest.Start(t, independent.Moto); moto != nil {
		o.AWS, o.DynamoDB = moto.URL, moto.URL.String()
	}
	if local := independenttest.Start(t, independent.DynamoDBLocal); local != nil {
		o.DynamoDB = local.URL.String()
	}
}
