// Package template reads an AWS SAM template the way CloudFormation and SAM do, and gives what it describes as a typed
// model of functions, tables, queues, keys, routes, schedules and mappings with the names that they have locally.
//
// It knows as much of the language as Spool's own template needs. Whatever it does not know (a section, a resource
// type, a property, an intrinsic function) is an error that names the line, so that nothing is silently left out of
// what runs.
//
// Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html
package template

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Template is a template as written, its references not resolved yet. It is immutable.
type Template struct {
	path       string // absolute
	parameters map[string]*parameter
	order      []string // of the parameters
	conditions map[string]*yaml.Node
	globals    *yaml.Node // properties that all functions share, or nil
	resources  []*resource
	byID       map[string]*resource
	outputs    []*output
}

type resource struct {
	id         string
	kind       kind
	line       int
	condition  *yaml.Node // names the condition under which it exists, or nil
	retained   bool
	metadata   *yaml.Node // or nil
	properties *yaml.Node
}

type output struct {
	name      string
	condition *yaml.Node // or nil
	value     *yaml.Node
}

// Error says what is wrong with a template, and where.
type Error struct {
	File    string
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message) }

func errorAt(line int, format string, args ...any) *Error {
	return &Error{Line: line, Message: fmt.Sprintf(format, args...)}
}

// Load reads the template in a file. What is wrong with its text is an *Error.
func Load(path string) (*Template, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s is not YAML: %w", filepath.Base(path), err)
	}
	t := &Template{
		path: path, parameters: map[string]*parameter{}, conditions: map[string]*yaml.Node{}, byID: map[string]*resource{},
	}
	if err := refuseTraps(&document); err != nil {
		return nil, t.located(err)
	}
	if err := t.read(&document); err != nil {
		return nil, t.located(err)
	}
	return t, nil
}

// HasParameter says whether the template declares the parameter.
func (t *Template) HasParameter(name string) bool { return t.parameters[name] != nil }

// located adds the file to an *Error.
func (t *Template) located(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{File: filepath.Base(t.path), Line: e.Line, Message: e.Message}
	}
	return err
}

func (t *Template) read(document *yaml.Node) error {
	if len(document.Content) == 0 {
		return errorAt(1, "the template is empty")
	}
	sections, err := entries(document.Content[0], "the template")
	if err != nil {
		return err
	}
	for _, section := range sections {
		if err := t.readSection(section); err != nil {
			return err
		}
	}
	if len(t.resources) == 0 {
		return errorAt(1, "the template has no Resources")
	}
	return nil
}

func (t *Template) readSection(section entry) error {
	switch section.key {
	case "AWSTemplateFormatVersion", "Description":
		return nil
	case "Transform":
		if section.value.Value != "AWS::Serverless-2016-10-31" {
			return errorAt(section.value.Line, "Transform %q is not supported; AWS::Serverless-2016-10-31 is",
				section.value.Value)
		}
		return nil
	case "Parameters":
		return t.readParameters(section.value)
	case "Conditions":
		return eachEntry(section, func(e entry) error { t.conditions[e.key] = e.value; return nil })
	case "Globals":
		return eachEntry(section, t.readGlobals)
	case "Resources":
		return eachEntry(section, t.readResource)
	case "Outputs":
		return eachEntry(section, t.readOutput)
	}
	return errorAt(section.line, "section %s is not supported", section.key)
}

func (t *Template) readGlobals(e entry) error {
	if e.key != "Function" {
		return errorAt(e.line, "Globals for %s are not supported; those for Function are", e.key)
	}
	t.globals = e.value
	return nil
}

func (t *Template) readResource(e entry) error {
	attributes, err := entries(e.value, e.key)
	if err != nil {
		return err
	}
	r := &resource{id: e.key, line: e.line, properties: &yaml.Node{Kind: yaml.MappingNode, Line: e.line}}
	var deletion, replacement string
	for _, a := range attributes {
		switch a.key {
		case "Type":
			known, ok := kinds[a.value.Value]
			if !ok {
				return errorAt(a.value.Line, "%s: resource type %s is not supported", e.key, a.value.Value)
			}
			r.kind = known
		case "Properties":
			r.properties = a.value
		case "Metadata":
			r.metadata = a.value
		case "Condition":
			r.condition = a.value
		case "DeletionPolicy":
			deletion = a.value.Value
		case "UpdateReplacePolicy":
			replacement = a.value.Value
		default:
			return errorAt(a.line, "%s: attribute %s is not supported", e.key, a.key)
		}
	}
	if r.kind.name == "" {
		return errorAt(e.line, "%s has no Type", e.key)
	}
	// RetainExceptOnCreate lets a first deployment that failed leave nothing behind.
	r.retained = (deletion == "Retain" || deletion == "RetainExceptOnCreate") && replacement == "Retain"
	t.resources = append(t.resources, r)
	t.byID[r.id] = r
	return nil
}

func (t *Template) readOutput(e entry) error {
	attributes, err := entries(e.value, e.key)
	if err != nil {
		return err
	}
	o := &output{name: e.key}
	for _, a := range attributes {
		switch a.key {
		case "Description":
		case "Condition":
			o.condition = a.value
		case "Value":
			o.value = a.value
		default:
			return errorAt(a.line, "output %s: %s is not supported", e.key, a.key)
		}
	}
	if o.value == nil {
		return errorAt(e.line, "output %s has no Value", e.key)
	}
	t.outputs = append(t.outputs, o)
	return nil
}

// entry is one key of a YAML mapping.
type entry struct {
	key   string
	line  int
	value *yaml.Node
}

// entries lists a mapping in the order written. what names it in errors.
func entries(n *yaml.Node, what string) ([]entry, error) {
	if n.Kind != yaml.MappingNode {
		return nil, errorAt(n.Line, "%s must be a mapping of names to values", what)
	}
	var list []entry
	seen := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if first, ok := seen[key.Value]; ok {
			return nil, errorAt(key.Line, "%s is already on line %d", key.Value, first)
		}
		seen[key.Value] = key.Line
		list = append(list, entry{key: key.Value, line: key.Line, value: n.Content[i+1]})
	}
	return list, nil
}

func eachEntry(section entry, do func(entry) error) error {
	list, err := entries(section.value, section.key)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}
