package apigateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRouting(t *testing.T) {
	a := &API{}
	for _, key := range []string{"$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/{id}", "ANY /pets/{id}", "GET /pets/dog", "GET /pets/{id}/toys", "GET /oauth/x/start", "GET /"} {
		if err := a.Handle(key, nil, Throttle{}); err != nil {
			t.Fatal(err)
		}
	}
	type vars = map[string]string
	for _, tt := range []struct {
		name, method, path, want string
		vars                     vars
	}{
		{"a literal goes before a variable", "GET", "/pets/dog", "GET /pets/dog", vars{}},
		{"a variable goes before the rest", "GET", "/pets/cat", "GET /pets/{id}", vars{"id": "cat"}},
		{"a method goes before ANY", "GET", "/pets/cat", "GET /pets/{id}", vars{"id": "cat"}},
		{"ANY takes the other methods", "PUT", "/pets/dog", "ANY /pets/{id}", vars{"id": "dog"}},
		{"the rest takes longer paths", "GET", "/pets/a/b/c", "GET /pets/{proxy+}", vars{"proxy": "a/b/c"}},
		{"a longer pattern goes before the rest", "GET", "/pets/cat/toys", "GET /pets/{id}/toys", vars{"id": "cat"}},
		{"the rest at the root takes what is left", "POST", "/oauth/x/start", "ANY /{proxy+}", vars{"proxy": "oauth/x/start"}},
		{"the root is a path", "GET", "/", "GET /", vars{}},
		{"the rest is at least one segment", "POST", "/", "$default", nil},
		{"an empty segment is no variable", "GET", "/pets/", "ANY /{proxy+}", vars{"proxy": "pets/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, parameters, ok := a.match(tt.method, tt.path)
			if !ok || got.key != tt.want {
				t.Fatalf("matched %q, %v; want %q", got.key, ok, tt.want)
			}
			if diff := cmp.Diff(tt.vars, parameters); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHandleRefuses(t *testing.T) {
	for _, key := range []string{"", "/pets", "get /pets", "GET pets", "GET /a{b}", "GET /{a b}", "GET /{proxy+}/more", "$other", "FETCH /"} {
		if err := (&API{}).Handle(key, nil, Throttle{}); err == nil {
			t.Errorf("%q was accepted", key)
		}
	}
	for _, keys := range [][2]string{{"GET /{a}", "GET /{b}"}, {"$default", "$default"}, {"GET /a", "GET /a"}} {
		a := &API{}
		if err := a.Handle(keys[0], nil, Throttle{}); err != nil {
			t.Fatal(err)
		}
		if err := a.Handle(keys[1], nil, Throttle{}); err == nil {
			t.Errorf("%q was accepted beside %q", keys[1], keys[0])
		}
	}
}
