// Package independenttest gives tests the implementations of package independent.
package independenttest

import (
	"context"
	"errors"
	"io"
	"testing"

	"spool/infra/emulate/independent"
)

// Start starts an implementation that ends with the test; nil where its variable asks for none. Where it is asked for
// and not installed the test is skipped.
func Start(t testing.TB, start func(context.Context, io.Writer) (*independent.Server, error)) *independent.Server {
	t.Helper()
	server, err := start(t.Context(), io.Discard)
	switch {
	case errors.Is(err, independent.ErrNotAsked):
		return nil
	case errors.Is(err, independent.ErrMissing):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	t.Logf("this runs on %s", server.Name)
	t.Cleanup(server.Close)
	return server
}
