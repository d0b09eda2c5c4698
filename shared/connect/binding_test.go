package connect

import (
	"maps"
	"reflect"
	"testing"
	"time"
)

// TestTheVerifierIsBoundToAllThatIsSaidOfItsFlow: whatever is rewritten of a stored flow,
// its verifier does not open any more. A flow that is under way while Spool is deployed
// anew goes on, so the binding stays as it is.
func TestTheVerifierIsBoundToAllThatIsSaidOfItsFlow(t *testing.T) {
	f := Flow{
		Key: "key", Step: "browser", Sealed: []byte("sealed"), Browser: "cookie", Caller: "caller", Redirect: "redirect", Zone: "UTC",
		Expires: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC),
	}
	want := map[string]string{
		"purpose": "oauth-flow", "flow": "key", "details": "d8021d3c40403934447bb5c0eb2a30dbe40af128d4f8d462a6c3c6cdb031ec5a",
	}
	if got := flowBinding(f); !maps.Equal(got, want) {
		t.Errorf("the binding is %v, want %v", got, want)
	}
	for field := range reflect.TypeFor[Flow]().Fields() {
		other := f
		v := reflect.ValueOf(&other).Elem().FieldByIndex(field.Index)
		switch x := v.Addr().Interface().(type) {
		case *string:
			*x += "'"
		case *time.Time:
			*x = x.Add(time.Millisecond)
		case *[]byte:
			continue // what is bound
		default:
			t.Fatalf("how is %s changed?", field.Name)
		}
		if maps.Equal(flowBinding(other), want) {
			t.Errorf("%s is not in the binding", field.Name)
		}
	}
}
