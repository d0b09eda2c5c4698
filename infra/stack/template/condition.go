package template

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// exists says whether something with this condition, or none, exists.
func (e *evaluator) exists(condition *yaml.Node) (bool, error) {
	if condition == nil {
		return true, nil
	}
	return e.condition(condition.Value, condition.Line)
}

// condition gives the truth of a named condition.
func (e *evaluator) condition(name string, line int) (bool, error) {
	if truth, ok := e.conditions[name]; ok {
		return truth, nil
	}
	n := e.template.conditions[name]
	if n == nil {
		return false, errorAt(line, "%s is not a condition of this template", name)
	}
	if slices.Contains(e.asking, name) {
		return false, errorAt(n.Line, "conditions depend on one another in a circle: %s",
			strings.Join(append(e.asking, name), " → "))
	}
	e.asking = append(e.asking, name)
	defer func() { e.asking = e.asking[:len(e.asking)-1] }()
	truth, err := e.truth(n)
	if err == nil {
		e.conditions[name] = truth
	}
	return truth, err
}

// truth evaluates a condition function.
func (e *evaluator) truth(n *yaml.Node) (bool, error) {
	name, argument := intrinsic(n)
	if name == "" && n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "Condition" {
		name, argument = "Condition", n.Content[1]
	}
	switch name {
	case "Condition":
		return e.condition(argument.Value, argument.Line)
	case "Equals":
		return e.equals(argument)
	case "Not", "And", "Or":
		return e.combine(name, argument)
	}
	return false, errorAt(n.Line, "a condition is one of Equals, Not, And, Or and Condition")
}

func (e *evaluator) equals(n *yaml.Node) (bool, error) {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		return false, errorAt(n.Line, "Equals takes a list of 2 arguments")
	}
	var sides [2]string
	for i, side := range n.Content {
		value, err := e.evaluate(side)
		if err != nil {
			return false, err
		}
		if value == nil || value.Kind != yaml.ScalarNode {
			return false, errorAt(side.Line, "Equals compares single values")
		}
		sides[i] = value.Value
	}
	return sides[0] == sides[1], nil
}

func (e *evaluator) combine(name string, n *yaml.Node) (bool, error) {
	least, most := 2, 10
	if name == "Not" {
		least, most = 1, 1
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) < least || len(n.Content) > most {
		return false, errorAt(n.Line, "%s takes a list of %d to %d conditions", name, least, most)
	}
	all, some := true, false
	for _, c := range n.Content {
		truth, err := e.truth(c)
		if err != nil {
			return false, err
		}
		all, some = all && truth, some || truth
	}
	switch name {
	case "And":
		return all, nil
	case "Or":
		return some, nil
	}
	return !all, nil
}
