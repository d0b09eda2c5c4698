package template

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// evaluator replaces intrinsic functions by what they give.
type evaluator struct {
	template   *Template
	names      names
	values     map[string]string // of parameters
	conditions map[string]bool   // those known so far
	asking     []string          // conditions being evaluated, to find circles

	reader string // the resource being evaluated; empty in a condition or an output
	edges  map[string][]edge
}

// edge is a reference from one resource to another.
type edge struct {
	to   string
	line int
}

// evaluate returns a copy of n without intrinsic functions, or nil for AWS::NoValue.
func (e *evaluator) evaluate(n *yaml.Node) (*yaml.Node, error) {
	if name, argument := intrinsic(n); name != "" {
		return e.call(name, argument)
	}
	if n.Kind == yaml.ScalarNode {
		return n, nil
	}
	result := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Line: n.Line}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2 // keys and values alternate
	}
	for i := step - 1; i < len(n.Content); i += step {
		value, err := e.evaluate(n.Content[i])
		if err != nil {
			return nil, err
		}
		if value != nil {
			result.Content = append(append(result.Content, n.Content[i-step+1:i]...), value)
		}
	}
	return result, nil
}

// intrinsic recognises both notations of a call: !Sub x and {"Fn::Sub": x}.
func intrinsic(n *yaml.Node) (name string, argument *yaml.Node) {
	if tag, ok := strings.CutPrefix(n.Tag, "!"); ok && !strings.HasPrefix(tag, "!") {
		plain := *n
		plain.Tag = ""
		return tag, &plain
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		key := n.Content[0].Value
		if name, ok := strings.CutPrefix(key, "Fn::"); ok {
			return name, n.Content[1]
		}
		if key == "Ref" {
			return key, n.Content[1]
		}
	}
	return "", nil
}

func isIntrinsic(n *yaml.Node) bool {
	name, _ := intrinsic(n)
	return name != ""
}

func (e *evaluator) call(name string, argument *yaml.Node) (*yaml.Node, error) {
	var text string
	var err error
	switch name {
	case "If":
		return e.callIf(argument)
	case "Ref":
		if argument.Value == "AWS::NoValue" {
			return nil, nil
		}
		text, err = e.ref(argument.Value, argument.Line)
	case "GetAtt":
		text, err = e.callGetAtt(argument)
	case "Sub":
		text, err = e.callSub(argument)
	case "Join":
		text, err = e.callJoin(argument)
	case "Select":
		return e.callSelect(argument)
	case "Split":
		return e.callSplit(argument)
	case "Equals", "Not", "And", "Or", "Condition":
		return nil, errorAt(argument.Line, "%s stands in Conditions only", name)
	default:
		return nil, errorAt(argument.Line, "the intrinsic function %s is not supported", name)
	}
	if err != nil {
		return nil, err
	}
	return scalar(text, argument.Line), nil
}

func scalar(text string, line int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: line}
}

func (e *evaluator) callIf(n *yaml.Node) (*yaml.Node, error) {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 3 {
		return nil, errorAt(n.Line, "If takes a condition and two values")
	}
	truth, err := e.condition(n.Content[0].Value, n.Content[0].Line)
	if err != nil {
		return nil, err
	}
	if truth {
		return e.evaluate(n.Content[1])
	}
	return e.evaluate(n.Content[2])
}

// ref is what Ref gives: a parameter's value, a pseudo parameter's, or what the resource's type says.
func (e *evaluator) ref(name string, line int) (string, error) {
	if value, ok := e.values[name]; ok {
		return value, nil
	}
	if value, ok := e.names.pseudo(name); ok {
		return value, nil
	}
	id, isStage := strings.CutSuffix(name, ".Stage")
	r, err := e.refer(id, line)
	switch {
	case err != nil:
		return "", err
	case isStage && r.kind.name == typeHTTPAPI: // SAM makes one with each API
		return "$default", nil
	case isStage:
		return "", errorAt(line, "%s of type %s has no Stage", id, r.kind.name)
	}
	return r.kind.ref(e.names, r.id)
}

func (e *evaluator) attribute(name, attribute string, line int) (string, error) {
	r, err := e.refer(name, line)
	if err != nil {
		return "", err
	}
	give, ok := r.kind.attributes[attribute]
	if !ok {
		return "", errorAt(line, "%s of type %s has no attribute %s", name, r.kind.name, attribute)
	}
	return give(e.names, r.id)
}

// refer finds a resource that exists and notes who asked.
func (e *evaluator) refer(name string, line int) (*resource, error) {
	r := e.template.byID[name]
	if r == nil {
		return nil, errorAt(line, "%s is neither a parameter nor a resource of this template", name)
	}
	exists, err := e.exists(r.condition)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, errorAt(line, "%s does not exist, since its condition %s is false", name, r.condition.Value)
	}
	if e.reader != "" {
		e.depend(e.reader, name, line)
	}
	return r, nil
}

func (e *evaluator) depend(from, to string, line int) {
	e.edges[from] = append(e.edges[from], edge{to, line})
}

func (e *evaluator) callGetAtt(n *yaml.Node) (string, error) {
	name, attribute, ok := strings.Cut(n.Value, ".")
	if n.Kind == yaml.SequenceNode && len(n.Content) == 2 {
		name, attribute, ok = n.Content[0].Value, n.Content[1].Value, true
	}
	if !ok {
		return "", errorAt(n.Line, "GetAtt takes Resource.Attribute")
	}
	return e.attribute(name, attribute, n.Line)
}

var placeholder = regexp.MustCompile(`\$\{(!?)([^${}]*)\}`)

// callSub replaces ${Name}, ${Name.Attribute} and the names of its own mapping; ${!Name} stands for the text ${Name}.
func (e *evaluator) callSub(n *yaml.Node) (string, error) {
	text, own := n, map[string]string{}
	if n.Kind == yaml.SequenceNode {
		if len(n.Content) != 2 {
			return "", errorAt(n.Line, "Sub takes a text, or a text and a mapping")
		}
		text = n.Content[0]
		mapping, err := e.evaluate(n.Content[1])
		if err != nil {
			return "", err
		}
		if err := decode(mapping, "Sub", &own); err != nil {
			return "", err
		}
	}
	if text.Kind != yaml.ScalarNode {
		return "", errorAt(n.Line, "Sub takes a text, or a text and a mapping")
	}
	var failed error
	result := placeholder.ReplaceAllStringFunc(text.Value, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		if parts[1] == "!" {
			return "${" + parts[2] + "}"
		}
		if value, ok := own[parts[2]]; ok {
			return value
		}
		value, err := e.lookUp(parts[2], text.Line)
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return result, failed
}

func (e *evaluator) lookUp(name string, line int) (string, error) {
	if id, attribute, ok := strings.Cut(name, "."); ok {
		return e.attribute(id, attribute, line)
	}
	return e.ref(name, line)
}

// arguments evaluates a list of exactly count arguments.
func (e *evaluator) arguments(n *yaml.Node, function string, count int) ([]*yaml.Node, error) {
	list, err := e.evaluate(n)
	if err != nil {
		return nil, err
	}
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) != count {
		return nil, errorAt(n.Line, "%s takes a list of %d arguments", function, count)
	}
	return list.Content, nil
}

func (e *evaluator) callJoin(n *yaml.Node) (string, error) {
	arguments, err := e.arguments(n, "Join", 2)
	if err != nil {
		return "", err
	}
	var parts []string
	if err := decode(arguments[1], "Join", &parts); err != nil {
		return "", err
	}
	return strings.Join(parts, arguments[0].Value), nil
}

func (e *evaluator) callSelect(n *yaml.Node) (*yaml.Node, error) {
	arguments, err := e.arguments(n, "Select", 2)
	if err != nil {
		return nil, err
	}
	index, err := strconv.Atoi(arguments[0].Value)
	if list := arguments[1]; err != nil || list.Kind != yaml.SequenceNode || index < 0 || index >= len(list.Content) {
		return nil, errorAt(n.Line, "Select takes an index within a list and the list")
	}
	return arguments[1].Content[index], nil
}

func (e *evaluator) callSplit(n *yaml.Node) (*yaml.Node, error) {
	arguments, err := e.arguments(n, "Split", 2)
	if err != nil {
		return nil, err
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line}
	for part := range strings.SplitSeq(arguments[1].Value, arguments[0].Value) {
		list.Content = append(list.Content, scalar(part, n.Line))
	}
	return list, nil
}
