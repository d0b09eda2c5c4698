package template

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"spool/infra/emulate/iam"
)

// Settings is what a template is resolved with.
type Settings struct {
	Stack      string            // the stack's name, which leads the names of its resources
	Parameters map[string]string // values in place of the template's defaults
	// KeyARN gives the ARN of the KMS key with a logical id. When nil, the ARN is made from the id.
	KeyARN func(id string) (string, error)
}

// Resolve gives what the template describes. What the template or a parameter has wrong is an *Error.
func (t *Template) Resolve(s Settings) (*Model, error) {
	values, err := t.values(s.Parameters)
	if err != nil {
		return nil, t.located(err)
	}
	b := &builder{
		evaluator: &evaluator{
			template:   t,
			names:      names{stack: s.Stack, keyARN: s.KeyARN},
			values:     values,
			conditions: map[string]bool{},
			edges:      map[string][]edge{},
		},
		model: &Model{Outputs: map[string]string{}},
		roles: map[string][]iam.Statement{},
		apis:  map[string]string{},
	}
	if err := b.build(); err != nil {
		return nil, t.located(err)
	}
	return b.model, nil
}

// builder turns resources into the model.
type builder struct {
	*evaluator
	model *Model
	roles map[string][]iam.Statement // by ARN
	apis  map[string]string          // logical ids by what Ref gives

	api       resolved            // the HTTP API
	throttle  Throttle            // of its routes
	throttles map[string]Throttle // of those that have limits of their own, by key
}

// build works through the resources in two passes, so that functions and policies find what they refer to wherever it
// stands.
func (b *builder) build() error {
	for _, name := range slices.Sorted(maps.Keys(b.template.conditions)) {
		if _, err := b.condition(name, 0); err != nil {
			return err
		}
	}
	var functions, policies []resolved
	for _, r := range b.template.resources {
		exists, err := b.exists(r.condition)
		if err != nil {
			return err
		}
		if !exists {
			continue
		}
		done, err := b.resolve(r)
		if err != nil {
			return err
		}
		switch r.kind.name {
		case typeFunction:
			functions = append(functions, done)
		case typePolicy:
			policies = append(policies, done)
		default:
			if err := b.add(done); err != nil {
				return err
			}
		}
	}
	for _, p := range policies {
		if err := b.addPolicy(p); err != nil {
			return err
		}
	}
	for _, f := range functions {
		if err := b.addFunction(f); err != nil {
			return err
		}
	}
	if err := b.addThrottles(); err != nil {
		return err
	}
	if err := b.circle(); err != nil {
		return err
	}
	return b.addOutputs()
}

// resolved is a resource whose properties have no intrinsic functions left.
type resolved struct {
	*resource
	properties *yaml.Node
	events     *yaml.Node // of a function, or nil
	rollout    *yaml.Node // of a function, or nil
}

func (b *builder) resolve(r *resource) (resolved, error) {
	done := resolved{resource: r, properties: r.properties}
	if r.kind.name == typeFunction {
		if b.template.globals != nil {
			done.properties = merge(b.template.globals, r.properties)
		}
		done.properties, done.events = cut(done.properties, "Events")
		done.properties, done.rollout = cut(done.properties, "DeploymentPreference")
	}
	var err error
	b.reader = r.id
	done.properties, err = b.evaluate(done.properties)
	b.reader = ""
	// SAM makes resources of their own of them: the function does not depend on theirs
	for _, own := range []**yaml.Node{&done.events, &done.rollout} {
		if err == nil && *own != nil {
			*own, err = b.evaluate(*own)
		}
	}
	return done, err
}

// cut takes a key out of a mapping and gives its value, or nil.
func cut(mapping *yaml.Node, key string) (rest, value *yaml.Node) {
	at := indexOf(mapping, key)
	if at < 0 {
		return mapping, nil
	}
	without := *mapping
	without.Content = slices.Concat(mapping.Content[:at], mapping.Content[at+2:])
	return &without, mapping.Content[at+1]
}

// merge lays a resource's properties over the globals as SAM does: mappings are merged, lists joined, the rest
// replaced, calls of intrinsic functions among it.
func merge(global, own *yaml.Node) *yaml.Node {
	if isIntrinsic(global) || isIntrinsic(own) || global.Kind != own.Kind {
		return own
	}
	switch own.Kind {
	case yaml.SequenceNode:
		joined := *own
		joined.Content = slices.Concat(global.Content, own.Content)
		return &joined
	case yaml.MappingNode:
		merged := *own
		merged.Content = slices.Clone(own.Content)
		for i := 0; i < len(global.Content); i += 2 {
			if at := indexOf(own, global.Content[i].Value); at < 0 {
				merged.Content = append(merged.Content, global.Content[i], global.Content[i+1])
			} else {
				merged.Content[at+1] = merge(global.Content[i+1], own.Content[at+1])
			}
		}
		return &merged
	}
	return own
}

// indexOf finds a key's place in a mapping's content, or -1.
func indexOf(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func (b *builder) add(r resolved) error {
	switch r.kind.name {
	case typeHTTPAPI:
		return b.addAPI(r)
	case typeQueue:
		return b.addQueue(r)
	case typeTable:
		return b.addTable(r)
	case typeKey:
		return b.addKey(r)
	case typeBucket:
		return b.addBucket(r)
	case typeRole:
		return b.addRole(r)
	case typeAlarm:
		return b.addAlarm(r)
	case typeFilter:
		return b.addFilter(r)
	}
	return nil
}

func (b *builder) addOutputs() error {
	for _, o := range b.template.outputs {
		exists, err := b.exists(o.condition)
		if err != nil {
			return err
		}
		if !exists {
			continue
		}
		value, err := b.evaluate(o.value)
		if err != nil {
			return err
		}
		var text string
		if err := decode(value, "output "+o.name, &text); err != nil {
			return err
		}
		b.model.Outputs[o.name] = text
	}
	return nil
}

// circle refuses resources that need one another, since CloudFormation could create none of them first.
func (b *builder) circle() error {
	const visiting, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(id string) error
	visit = func(id string) error {
		state[id] = visiting
		path = append(path, id)
		for _, e := range b.edges[id] {
			if state[e.to] == visiting {
				for path[0] != e.to {
					path = path[1:]
				}
				return errorAt(e.line, "resources depend on one another in a circle: %s → %s", strings.Join(path, " → "), e.to)
			}
			if state[e.to] == done {
				continue
			}
			if err := visit(e.to); err != nil {
				return err
			}
		}
		path = path[:len(path)-1]
		state[id] = done
		return nil
	}
	for _, r := range b.template.resources {
		if state[r.id] == 0 {
			if err := visit(r.id); err != nil {
				return err
			}
		}
	}
	return nil
}
