package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parameter is what a template asks of whoever deploys it.
type parameter struct {
	Type                  string `template:"required"`
	Description           string
	Default               *string
	AllowedPattern        string
	AllowedValues         []string
	MinValue, MaxValue    *int
	ConstraintDescription string
	NoEcho                bool

	line    int
	pattern *regexp.Regexp // nil: any value
}

func (t *Template) readParameters(n *yaml.Node) error {
	list, err := entries(n, "Parameters")
	if err != nil {
		return err
	}
	for _, e := range list {
		p := &parameter{line: e.line}
		if err := decode(e.value, "parameter "+e.key, p); err != nil {
			return err
		}
		if p.Type != "String" && p.Type != "Number" {
			return errorAt(e.line, "parameter %s: type %s is not supported; String and Number are", e.key, p.Type)
		}
		if p.AllowedPattern != "" {
			if p.pattern, err = regexp.Compile(`^(?:` + p.AllowedPattern + `)$`); err != nil {
				return errorAt(e.line, "parameter %s: AllowedPattern: %v", e.key, err)
			}
		}
		t.parameters[e.key] = p
		t.order = append(t.order, e.key)
	}
	return nil
}

// Parameter is what a template asks of whoever deploys it.
type Parameter struct {
	Name, Description string
	Default           string
	Required          bool // it has no default
}

// Parameters lists what the template asks, in its own order.
func (t *Template) Parameters() []Parameter {
	var list []Parameter
	for _, name := range t.order {
		p := Parameter{Name: name, Description: t.parameters[name].Description, Required: t.parameters[name].Default == nil}
		if !p.Required {
			p.Default = *t.parameters[name].Default
		}
		list = append(list, p)
	}
	return list
}

// Check says what is wrong with a parameter's value, as CloudFormation would: "must be at least 1, and "0" is not".
func (t *Template) Check(name, value string) error {
	p := t.parameters[name]
	if p == nil {
		return fmt.Errorf("is no parameter of the template, which has %s", strings.Join(t.order, ", "))
	}
	if why := p.refuses(value); why != "" {
		return fmt.Errorf("%s, and %q is not", why, value)
	}
	return nil
}

// values gives each parameter its value: the override, else the default.
func (t *Template) values(overrides map[string]string) (map[string]string, error) {
	names := slices.Sorted(maps.Keys(t.parameters))
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		if !t.HasParameter(name) {
			return nil, errorAt(1, "the template has no parameter %s; it has %s", name, strings.Join(names, ", "))
		}
	}
	values := map[string]string{}
	for _, name := range names {
		p := t.parameters[name]
		value, given := overrides[name]
		if !given {
			if p.Default == nil {
				return nil, errorAt(p.line, "parameter %s has no default and was not given a value", name)
			}
			value = *p.Default
		}
		if why := p.refuses(value); why != "" {
			return nil, errorAt(p.line, "parameter %s %s, and %q is not", name, why, value)
		}
		values[name] = value
	}
	return values, nil
}

// refuses says what a value must be and is not ("must be a number"); it is empty for a good value.
func (p *parameter) refuses(value string) string {
	why := ""
	number, err := strconv.Atoi(value)
	switch {
	case p.Type == "Number" && err != nil:
		why = "must be a whole number"
	case p.MinValue != nil && number < *p.MinValue:
		why = "must be at least " + strconv.Itoa(*p.MinValue)
	case p.MaxValue != nil && number > *p.MaxValue:
		why = "must be at most " + strconv.Itoa(*p.MaxValue)
	case p.pattern != nil && !p.pattern.MatchString(value):
		why = "must match " + p.AllowedPattern
	case p.AllowedValues != nil && !slices.Contains(p.AllowedValues, value):
		why = "must be one of " + strings.Join(p.AllowedValues, ", ")
	default:
		return ""
	}
	if p.ConstraintDescription != "" {
		return p.ConstraintDescription
	}
	return why
}
