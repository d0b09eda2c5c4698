package coldstart_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"spool/infra/bench/coldstart"
)

// TestMain is also what the tests start in place of functions.
func TestMain(m *testing.M) {
	switch os.Getenv("START") {
	case "asks":
		response, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/next")
		fmt.Println("no event is ever given, but there was one:", response, err)
	case "fails":
		fmt.Println("the environment lacks SPOOL_STACK")
		os.Exit(1)
	default:
		os.Exit(m.Run())
	}
}

func program(t *testing.T, name, does string) coldstart.Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return coldstart.Program{Name: name, Binary: self, Environment: []string{"START=" + does}}
}

func TestEachProgramIsMeasured(t *testing.T) {
	results, err := coldstart.Measure(t.Context(), []coldstart.Program{
		program(t, "api", "asks"), program(t, coldstart.Reference, "asks"),
	}, 2)
	if err != nil || len(results) != 2 {
		t.Fatal(results, err)
	}
	for i, name := range []string{"api", coldstart.Reference} {
		if r := results[i]; r.Name != name || r.Start <= 0 || r.Ratio <= 0 || r.Binary == 0 {
			t.Errorf("%+v, want %s", r, name)
		}
	}
	if r := results[1]; r.Ratio != 1 {
		t.Errorf("the reference's ratio is %v", r.Ratio)
	}
}

func TestAProgramThatEndsSaysWhy(t *testing.T) {
	_, err := coldstart.Measure(t.Context(), []coldstart.Program{program(t, "api", "fails")}, 1)
	if err == nil || !strings.Contains(err.Error(), "start api") || !strings.Contains(err.Error(), "the environment lacks SPOOL_STACK") {
		t.Errorf("got %v", err)
	}
}
