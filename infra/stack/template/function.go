package template

import (
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"spool/infra/emulate/events"
)

type functionProperties struct {
	Description   string
	CodeUri       string   `template:"required"`
	Handler       string   `template:"required"`
	Runtime       string   `template:"required"`
	Architectures []string `template:"required"`
	Role          string   `template:"required"`
	Timeout       int      `template:"required"`
	MemorySize    int      `template:"required"`
	LoggingConfig struct{ LogFormat, LogGroup string }
	Tracing       string // locally nothing is traced
	Environment   struct{ Variables map[string]string }

	ReservedConcurrentExecutions *int

	AutoPublishAlias      string
	AutoPublishCodeSha256 string

	EventInvokeConfig struct {
		MaximumRetryAttempts     *int
		MaximumEventAgeInSeconds int
	}
}

func (b *builder) addFunction(r resolved) error {
	var p functionProperties
	if err := decode(r.properties, r.id, &p); err != nil {
		return err
	}
	if err := p.check(r); err != nil {
		return err
	}
	var rollout Rollout
	if r.rollout != nil {
		if err := decode(r.rollout, r.id, &rollout); err != nil {
			return err
		}
	}
	if rollout.Type != "" && p.AutoPublishAlias == "" {
		return errorAt(r.line, "%s: a DeploymentPreference moves an AutoPublishAlias, and there is none", r.id)
	}
	statements, ok := b.roles[p.Role]
	if !ok {
		return errorAt(r.line, "%s: Role is not the ARN of a role of this template", r.id)
	}
	name, _ := functionName(b.names, r.id)
	f := &Function{
		ID: r.id, Name: name,
		Source:      filepath.Join(filepath.Dir(b.template.path), p.CodeUri),
		Timeout:     time.Duration(p.Timeout) * time.Second,
		MemorySize:  p.MemorySize,
		LogFormat:   p.LoggingConfig.LogFormat,
		LogGroup:    p.LoggingConfig.LogGroup,
		Environment: p.Environment.Variables,
		Statements:  statements,
		Concurrency: reserved(p.ReservedConcurrentExecutions),
		Alias:       p.AutoPublishAlias,
		Revision:    p.AutoPublishCodeSha256,
		Rollout:     rollout,
		NoRetry:     p.EventInvokeConfig.MaximumRetryAttempts != nil,
	}
	b.model.Functions = append(b.model.Functions, f)
	return b.addEvents(f, r)
}

func reserved(executions *int) int {
	if executions == nil {
		return 0
	}
	return *executions
}

var variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)

// check refuses what Lambda would, and what the local stack cannot run.
func (p *functionProperties) check(r resolved) error {
	var m struct{ BuildMethod string }
	if r.metadata != nil {
		if err := decode(r.metadata, r.id+": Metadata", &m); err != nil {
			return err
		}
	}
	attempts := p.EventInvokeConfig.MaximumRetryAttempts
	switch {
	case m.BuildMethod != "makefile":
		return errorAt(r.line, "%s: Metadata must have BuildMethod: makefile", r.id)
	case p.Runtime != "provided.al2023" || p.Handler != "bootstrap":
		return errorAt(r.line, "%s: Runtime must be provided.al2023 and Handler bootstrap", r.id)
	case p.Timeout < 1 || p.Timeout > 900:
		return errorAt(r.line, "%s: Timeout must be from 1 to 900 seconds, not %d", r.id, p.Timeout)
	case p.MemorySize < 128 || p.MemorySize > 10240:
		return errorAt(r.line, "%s: MemorySize must be from 128 to 10240 MB, not %d", r.id, p.MemorySize)
	case p.ReservedConcurrentExecutions != nil && *p.ReservedConcurrentExecutions < 1: // 0 would stop the function
		return errorAt(r.line, "%s: ReservedConcurrentExecutions is at least 1 or left out, not %d", r.id,
			*p.ReservedConcurrentExecutions)
	case attempts != nil && *attempts != 0:
		return errorAt(r.line, "%s: MaximumRetryAttempts is 0 or left out, not %d", r.id, *attempts)
	}
	size := 0
	for name, value := range p.Environment.Variables {
		if !variableName.MatchString(name) || strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LAMBDA_") {
			return errorAt(r.line, "%s: Lambda does not allow an environment variable named %s", r.id, name)
		}
		size += len(name) + len(value)
	}
	if size > 4096 {
		return errorAt(r.line, "%s: the environment has %d bytes; Lambda allows 4096", r.id, size)
	}
	return nil
}

// event is one entry of a function's Events.
type event struct {
	Type       string    `template:"required"`
	Properties yaml.Node `template:"required"`

	name string
	line int
}

func (b *builder) addEvents(f *Function, r resolved) error {
	if r.events == nil {
		return nil
	}
	return eachEntry(entry{key: f.ID + ": Events", value: r.events}, func(e entry) error {
		ev := event{name: f.ID + e.key, line: e.line}
		if err := decode(e.value, ev.name, &ev); err != nil {
			return err
		}
		switch ev.Type {
		case "HttpApi":
			return b.addRoute(f, ev)
		case "Schedule":
			return b.addSchedule(f, ev)
		case "SQS":
			return b.addMapping(f, ev)
		}
		return errorAt(e.line, "%s: event type %s is not supported; HttpApi, Schedule and SQS are", ev.name, ev.Type)
	})
}

func (b *builder) addRoute(f *Function, e event) error {
	var p struct {
		ApiId        string `template:"required"`
		Method, Path string
	}
	if err := decode(&e.Properties, e.name, &p); err != nil {
		return err
	}
	api, ok := b.apis[p.ApiId]
	if !ok {
		return errorAt(e.line, "%s: ApiId is not an HTTP API of this template", e.name)
	}
	key := strings.ToUpper(p.Method) + " " + p.Path
	switch {
	case p.Method == "" && p.Path == "":
		key = "$default"
	case p.Method == "" || !strings.HasPrefix(p.Path, "/"):
		return errorAt(e.line, "%s: a route has a Method and a Path that starts with /, or neither", e.name)
	}
	for _, other := range b.model.Routes {
		if other.Key == key {
			return errorAt(e.line, "%s: the route %s already leads to %s", e.name, key, other.Function)
		}
	}
	b.model.Routes = append(b.model.Routes, Route{Key: key, Function: f.ID})
	b.depend(api, f.ID, e.line) // what SAM makes of the API names the functions behind its routes
	return nil
}

func (b *builder) addSchedule(f *Function, e event) error {
	var p struct {
		Schedule    string `template:"required"`
		Description string
	}
	if err := decode(&e.Properties, e.name, &p); err != nil {
		return err
	}
	every, err := events.ParseRate(p.Schedule)
	if err != nil {
		return errorAt(e.line, "%s: %v", e.name, err)
	}
	b.model.Schedules = append(b.model.Schedules, Schedule{Name: e.name, Every: every, Function: f.ID})
	return nil
}
