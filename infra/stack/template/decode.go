package template

import (
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decode fills the struct that target points to from a mapping whose keys are its exported fields' names. what names
// the mapping in errors. Unlike the YAML package it refuses unknown keys, wants those tagged `template:"required"`, and
// takes "360" for a number as CloudFormation does. A field tagged `template:"name=x"` has the key x.
func decode(n *yaml.Node, what string, target any) error {
	return decodeValue(n, what, reflect.ValueOf(target).Elem())
}

func decodeValue(n *yaml.Node, what string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Struct:
		return decodeStruct(n, what, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decodeValue(n, what, v.Elem())
	case reflect.Slice:
		return decodeSlice(n, what, v)
	case reflect.Map:
		return decodeMap(n, what, v)
	}
	if n.Kind != yaml.ScalarNode {
		return errorAt(n.Line, "%s must be a single value", what)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Int:
		number, err := strconv.Atoi(n.Value)
		if err != nil {
			return errorAt(n.Line, "%s must be a whole number, not %q", what, n.Value)
		}
		v.SetInt(int64(number))
	case reflect.Bool:
		truth, err := strconv.ParseBool(n.Value)
		if err != nil {
			return errorAt(n.Line, "%s must be true or false, not %q", what, n.Value)
		}
		v.SetBool(truth)
	default:
		panic("template: cannot decode into " + v.Type().String())
	}
	return nil
}

func decodeStruct(n *yaml.Node, what string, v reflect.Value) error {
	if v.Type() == reflect.TypeFor[yaml.Node]() {
		v.Set(reflect.ValueOf(*n))
		return nil
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name := field.Name
		if other, ok := strings.CutPrefix(field.Tag.Get("template"), "name="); ok {
			name = other
		}
		fields[name] = i
	}
	list, err := entries(n, what)
	if err != nil {
		return err
	}
	given := map[int]bool{}
	for _, e := range list {
		i, ok := fields[e.key]
		if !ok {
			return errorAt(e.line, "%s: %s is not supported", what, e.key)
		}
		given[i] = true
		if err := decodeValue(e.value, what+": "+e.key, v.Field(i)); err != nil {
			return err
		}
	}
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Tag.Get("template") == "required" && !given[i] {
			return errorAt(n.Line, "%s: %s is missing", what, field.Name)
		}
	}
	return nil
}

// decodeSlice takes a single value for a list of one, as IAM does for actions and resources.
func decodeSlice(n *yaml.Node, what string, v reflect.Value) error {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	} else if v.Type().Elem().Kind() != reflect.String {
		return errorAt(n.Line, "%s must be a list", what)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		if err := decodeValue(item, what, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeMap(n *yaml.Node, what string, v reflect.Value) error {
	list, err := entries(n, what)
	if err != nil {
		return err
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range list {
		value := reflect.New(v.Type().Elem()).Elem()
		if err := decodeValue(e.value, what+": "+e.key, value); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(e.key), value)
	}
	return nil
}
