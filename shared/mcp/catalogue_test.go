package mcp

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// catalogue lists the server's tools.
func catalogue(t *testing.T) map[string]*sdk.Tool {
	t.Helper()
	tools := map[string]*sdk.Tool{}
	for tool, err := range connect(t, newAPI()).Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		tools[tool.Name] = tool
	}
	return tools
}

// TestTheToolsAreThoseOfTheGoldenFile shows a reviewer what agents are told. The
// output schemas are left out: they are the shapes of package wire.
func TestTheToolsAreThoseOfTheGoldenFile(t *testing.T) {
	const file = "testdata/tools.json"
	tools := catalogue(t)
	for _, tool := range tools {
		tool.OutputSchema = nil
	}
	got, err := json.MarshalIndent(tools, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Errorf("if this is meant, run the test with -update (-want +got):\n%s", diff)
	}
}

func TestEveryToolSaysWhatItIsAndWhatItTakes(t *testing.T) {
	tools := catalogue(t)
	if len(tools) == 0 {
		t.Fatal("there are no tools")
	}
	for name, tool := range tools {
		t.Run(name, func(t *testing.T) {
			if tool.Title == "" || len(tool.Description) < 40 {
				t.Errorf("title %q, description %q", tool.Title, tool.Description)
			}
			a := tool.Annotations
			if a == nil || a.Title != tool.Title || a.DestructiveHint == nil || a.OpenWorldHint == nil {
				t.Errorf("the annotations leave something open: %+v", a)
			} else if a.ReadOnlyHint && *a.DestructiveHint {
				t.Error("it only reads, and is destructive")
			}
			in := tool.InputSchema.(map[string]any)
			if in["additionalProperties"] == nil {
				t.Error("it takes arguments that it does not know")
			}
			described(t, "input", in)
			if out := tool.OutputSchema.(map[string]any); out["type"] != "object" || len(out["properties"].(map[string]any)) == 0 {
				t.Errorf("the output is described as %v", out)
			}
		})
	}
}

// described checks that each property says what it is, all the way down.
func described(t *testing.T, path string, schema map[string]any) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		property, at := p.(map[string]any), path+"."+name
		if property["description"] == nil {
			t.Errorf("%s has no description", at)
		}
		if _, single := property["type"].(string); !single {
			t.Errorf("%s is of type %v", at, property["type"])
		}
		described(t, at, property)
		if items, ok := property["items"].(map[string]any); ok {
			described(t, at+"[]", items)
		}
	}
}
