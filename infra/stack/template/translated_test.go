package template_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"spool/infra/stack/template"
)

// golden is what a template means to an independent translator: see testdata/translated/translate.py.
type golden struct {
	By     string                `json:"by"`
	Cases  map[string]goldenCase `json:"cases"`
	SHA256 string                `json:"sha256"` // of the template that was translated
	File   string                `json:"template"`
}

type goldenCase struct {
	Model      any               `json:"model"`
	Parameters map[string]string `json:"parameters"`
	Resources  map[string]string `json:"resources"` // those that exist, with the types that SAM made
}

const (
	translated = "testdata/translated"
	unproven   = "the evaluator itself: no other translator was asked"
)

// The evaluator and AWS's own translator mean the same by each template. A template that was changed without its golden
// passes as long as it means the same; where it does not, the message says how to go on, with Python or without.
func TestEvaluatorAgreesWithAWSsTranslator(t *testing.T) {
	files, err := filepath.Glob(translated + "/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d goldens, want those of 6 templates: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) { compare(t, file) })
	}
}

func compare(t *testing.T, file string) {
	var g golden
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(translated, g.File)
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := template.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(source)
	changed := hex.EncodeToString(sum[:]) != g.SHA256
	differs := false
	for _, name := range slices.Sorted(maps.Keys(g.Cases)) {
		c := g.Cases[name]
		got := c.evaluate(t, parsed)
		if diff := cmp.Diff(c.Model, got); diff != "" && !*update {
			differs = true
			t.Errorf("%s (-%s +the evaluator):\n%s", name, g.By, diff)
		}
		c.Model = got
		g.Cases[name] = c
	}
	switch {
	case *update && changed:
		g.By, g.SHA256 = unproven, hex.EncodeToString(sum[:])
		g.write(t, file)
	case differs && changed:
		t.Errorf(
			"%s was changed after %s was written. Where Python is at hand, run %s/translate.py: it asks AWS's translator "+
				"again. Otherwise see that the difference is what you meant, and take it over with: "+
				"go test ./infra/stack/template -run AWSsTranslator -update",
			g.File,
			file,
			translated,
		)
	case differs:
		t.Errorf("%s is as it was translated: the evaluator is wrong", g.File)
	case g.By == unproven:
		t.Logf("%s was taken over from the evaluator: run %s/translate.py where Python is at hand", file, translated)
	}
}

func (g golden) write(t *testing.T, file string) {
	t.Helper()
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	if err := e.Encode(g); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// evaluate gives the evaluator's model in the form of the goldens.
func (c goldenCase) evaluate(t *testing.T, parsed *template.Template) any {
	t.Helper()
	const stack = "evaluated"
	model, err := parsed.Resolve(template.Settings{Stack: stack, Parameters: c.Parameters})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(normal(model))
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return renamed(value, template.Places(stack, c.Resources))
}

// renamed replaces what things are called by where they stand in the template.
func renamed(value any, places map[string]string) any {
	switch v := value.(type) {
	case map[string]any:
		result := map[string]any{}
		for key, x := range v {
			result[renamed(key, places).(string)] = renamed(x, places)
		}
		return result
	case []any:
		for i, x := range v {
			v[i] = renamed(x, places)
		}
	case string:
		if place, ok := places[v]; ok {
			return place
		}
		longest := slices.SortedFunc(maps.Keys(places), func(a, b string) int { return len(b) - len(a) })
		for _, name := range longest {
			if strings.Contains(name, "evaluated") || strings.HasPrefix(name, "arn:") { // not the short names of functions
				v = strings.ReplaceAll(v, name, places[name])
			}
		}
		return v
	}
	return value
}
