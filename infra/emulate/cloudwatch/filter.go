package cloudwatch

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Filter makes a metric of the lines of a log group that its pattern matches.
type Filter struct {
	Group   string
	Pattern string // { $.type = "x" && ($.a.b != "y" || $.c > 5) }
	Metric  Metric
	Value   float64

	pattern condition
}

// PutFilter adds a filter. A pattern that is not understood is an error.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
func (s *Server) PutFilter(f Filter) error {
	var err error
	if f.pattern, err = parsePattern(f.Pattern); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filters = append(s.filters, f)
	return nil
}

// condition reports whether a JSON line is of its kind.
type condition func(members map[string]any) bool

var token = regexp.MustCompile(`\s*(\$(?:\.[A-Za-z_][A-Za-z0-9_]*)+|"[^"]*"|-?[0-9.]+|&&|\|\||!=|>=|<=|[=<>(){}])`)

// parser reads a pattern for JSON.
type parser struct {
	pattern string
	tokens  []string
}

func parsePattern(pattern string) (condition, error) {
	p := &parser{pattern: pattern}
	rest := pattern
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		m := token.FindStringSubmatchIndex(rest)
		if m == nil || m[0] != 0 {
			return nil, p.wrong(rest)
		}
		p.tokens = append(p.tokens, rest[m[2]:m[3]])
		rest = rest[m[1]:]
	}
	if !p.take("{") {
		return nil, p.wrong("its beginning")
	}
	c, err := p.any()
	if err == nil && (!p.take("}") || len(p.tokens) > 0) {
		err = p.wrong(strings.Join(p.tokens, " "))
	}
	return c, err
}

func (p *parser) wrong(at string) error {
	return fmt.Errorf("cloudwatch: the filter pattern %q is not understood at %q", p.pattern, at)
}

// take takes the next token if it is that.
func (p *parser) take(want string) bool {
	if len(p.tokens) == 0 || p.tokens[0] != want {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// any reads a || b.
func (p *parser) any() (condition, error) {
	return p.joined("||", p.all, func(list []condition, m map[string]any) bool {
		return slices.ContainsFunc(list, func(c condition) bool { return c(m) })
	})
}

// all reads a && b.
func (p *parser) all() (condition, error) {
	return p.joined("&&", p.one, func(list []condition, m map[string]any) bool {
		return !slices.ContainsFunc(list, func(c condition) bool { return !c(m) })
	})
}

func (p *parser) joined(operator string, next func() (condition, error),
	holds func([]condition, map[string]any) bool) (condition, error) {
	var list []condition
	for {
		c, err := next()
		if err != nil {
			return nil, err
		}
		if list = append(list, c); !p.take(operator) {
			return func(m map[string]any) bool { return holds(list, m) }, nil
		}
	}
}

// one reads a comparison, or what stands in brackets.
func (p *parser) one() (condition, error) {
	if p.take("(") {
		c, err := p.any()
		if err == nil && !p.take(")") {
			err = p.wrong(strings.Join(p.tokens, " "))
		}
		return c, err
	}
	if len(p.tokens) < 3 || p.tokens[0][0] != '$' {
		return nil, p.wrong(strings.Join(p.tokens, " "))
	}
	path, operator, literal := strings.Split(p.tokens[0], ".")[1:], p.tokens[1], p.tokens[2]
	p.tokens = p.tokens[3:]
	if text, ok := strings.CutPrefix(literal, `"`); ok {
		return p.texts(path, operator, strings.TrimSuffix(text, `"`))
	}
	n, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return nil, p.wrong(literal)
	}
	return p.numbers(path, operator, n)
}

func (p *parser) texts(path []string, operator, want string) (condition, error) {
	if operator != "=" && operator != "!=" {
		return nil, p.wrong(operator)
	}
	return func(m map[string]any) bool {
		text, ok := find(m, path).(string)
		return ok && (text == want) == (operator == "=")
	}, nil
}

func (p *parser) numbers(path []string, operator string, want float64) (condition, error) {
	compare, ok := map[string]func(a, b float64) bool{
		"=": func(a, b float64) bool { return a == b }, "!=": func(a, b float64) bool { return a != b },
		">": func(a, b float64) bool { return a > b }, ">=": func(a, b float64) bool { return a >= b },
		"<": func(a, b float64) bool { return a < b }, "<=": func(a, b float64) bool { return a <= b },
	}[operator]
	if !ok {
		return nil, p.wrong(operator)
	}
	return func(m map[string]any) bool {
		n, ok := find(m, path).(float64)
		return ok && compare(n, want)
	}, nil
}

// find follows a path into a JSON object. A member that is not there matches nothing, not even by !=.
func find(members map[string]any, path []string) (value any) {
	value = members
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}
