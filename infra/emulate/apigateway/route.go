package apigateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/time/rate"
)

// route is a route key taken apart. The key "$default" has no segments and matches whatever no other does.
type route struct {
	key      string
	method   string // or "ANY"
	segments []segment
	function Function
	limiter  *rate.Limiter // nil: no limit
}

// segment is one part of a route's path.
type segment struct {
	kind kind
	text string // of a literal, or the name of a variable
}

// kind says what a segment matches. A lower one is more specific and goes first.
type kind int

const (
	literal  kind = iota
	variable      // {name}: one segment
	greedy        // {name+}: the rest, at least one segment
)

const (
	defaultKey = "$default"
	anyMethod  = "ANY"
)

var (
	routeKey     = regexp.MustCompile(`^(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/.*)$`)
	variableName = regexp.MustCompile(`^\{([A-Za-z0-9._-]+)(\+?)\}$`)
)

// Handle adds a route: "GET /v1/posts/{id}", "ANY /{proxy+}" or "$default". Call it before serving. A key that is none,
// or that the API already has, is an error.
func (a *API) Handle(key string, f Function, limit Throttle) error {
	r, err := parseRoute(key)
	if err != nil {
		return err
	}
	r.function, r.limiter = f, limit.limiter()
	if slices.ContainsFunc(a.routes, func(other route) bool { return sameShape(r, other) }) {
		return fmt.Errorf("apigateway: the route %q conflicts with one there is", key)
	}
	a.routes = append(a.routes, r)
	slices.SortStableFunc(a.routes, compare)
	return nil
}

func parseRoute(key string) (route, error) {
	if key == defaultKey {
		return route{key: key, method: anyMethod}, nil
	}
	m := routeKey.FindStringSubmatch(key)
	if m == nil {
		return route{}, fmt.Errorf("apigateway: the route %q is neither $default nor of the form METHOD /path", key)
	}
	r := route{key: key, method: m[1]}
	parts := strings.Split(m[2][1:], "/")
	for i, part := range parts {
		s := segment{literal, part}
		if v := variableName.FindStringSubmatch(part); v != nil {
			s = segment{variable, v[1]}
			if v[2] != "" {
				s.kind = greedy
			}
		} else if strings.ContainsAny(part, "{}") {
			return route{}, fmt.Errorf("apigateway: %q in the route %q is no variable", part, key)
		}
		if s.kind == greedy && i < len(parts)-1 {
			return route{}, fmt.Errorf("apigateway: {%s+} must end the route %q", s.text, key)
		}
		r.segments = append(r.segments, s)
	}
	return r, nil
}

// compare orders routes by how specific they are: segment by segment, then a method before ANY, and $default last.
func compare(a, b route) int {
	if aDefault, bDefault := a.key == defaultKey, b.key == defaultKey; aDefault != bDefault {
		if aDefault {
			return 1
		}
		return -1
	}
	if c := slices.CompareFunc(a.segments, b.segments, func(a, b segment) int { return int(a.kind - b.kind) }); c != 0 {
		return c
	}
	return boolToInt(a.method == anyMethod) - boolToInt(b.method == anyMethod)
}

// sameShape reports whether two routes match the same requests.
func sameShape(a, b route) bool {
	return a.method == b.method && slices.EqualFunc(a.segments, b.segments, func(a, b segment) bool {
		return a.kind == b.kind && (a.kind != literal || a.text == b.text)
	})
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// match finds the most specific route for a request with a decoded path, and its variables.
func (a *API) match(method, path string) (route, map[string]string, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for _, r := range a.routes {
		if r.method != anyMethod && r.method != method {
			continue
		}
		if r.key == defaultKey {
			return r, nil, true
		}
		if parameters, ok := r.match(parts); ok {
			return r, parameters, true
		}
	}
	return route{}, nil, false
}

func (r route) match(parts []string) (map[string]string, bool) {
	parameters := map[string]string{}
	for i, s := range r.segments {
		if i >= len(parts) {
			return nil, false
		}
		switch s.kind {
		case literal:
			if parts[i] != s.text {
				return nil, false
			}
		case variable:
			if parts[i] == "" {
				return nil, false
			}
			parameters[s.text] = parts[i]
		case greedy:
			parameters[s.text] = strings.Join(parts[i:], "/")
			return parameters, parameters[s.text] != ""
		}
	}
	return parameters, len(parts) == len(r.segments)
}
