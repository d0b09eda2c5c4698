package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/wire"
)

// A tool is what a client is told of one: it shows the title to people and the
// description to the agent, and asks for permission by the hints.
type tool struct {
	name, title, description string
	hints
}

// hints say what a call may do; see the protocol's ToolAnnotations.
type hints struct {
	reads       bool // nothing changes
	destructive bool // ask first: see the package's documentation for what that means
	repeatable  bool // calling it again with the same arguments changes nothing more
	reachesX    bool // something becomes public on X by it, or vanishes from there
}

func (t tool) annotations() *sdk.ToolAnnotations {
	return &sdk.ToolAnnotations{
		Title: t.title, ReadOnlyHint: t.reads, DestructiveHint: &t.destructive, IdempotentHint: t.repeatable,
		OpenWorldHint: &t.reachesX,
	}
}

// add gives the server a tool whose arguments are an In, and whose result an Out
// with a few words for people. An error of run is the tool's result too.
func add[In, Out any](server *sdk.Server, t tool, run func(context.Context, In) (out Out, words string, err error)) {
	schema := inputSchema[In]()
	resolved, err := schema.Resolve(nil)
	if err != nil {
		panic(err) // a tag of In is wrong; a test goes through all
	}
	server.AddTool(&sdk.Tool{
		Name: t.name, Title: t.title, Description: t.description, Annotations: t.annotations(),
		InputSchema: schema, OutputSchema: outputSchema[Out](),
	}, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		in, err := decode[In](req.Params.Arguments, resolved)
		if err != nil {
			return refusal(err), nil
		}
		out, words, err := run(ctx, in)
		if err != nil {
			return refusal(err), nil
		}
		return &sdk.CallToolResult{StructuredContent: out, Content: []sdk.Content{&sdk.TextContent{Text: words}}}, nil
	})
}

// decode reads arguments that are as the schema says. An argument that is null
// counts as left out: some agents send all that there are.
func decode[In any](raw json.RawMessage, schema *jsonschema.Resolved) (in In, err error) {
	arguments := map[string]any{}
	if len(raw) > 0 {
		if err := intake.JSON(raw); err != nil {
			return in, err
		}
		if err := json.Unmarshal(raw, &arguments); err != nil {
			return in, misfit(err)
		}
	}
	for name, value := range arguments {
		if value == nil {
			delete(arguments, name)
		}
	}
	if err := schema.Validate(arguments); err != nil {
		return in, misfit(err)
	}
	raw, err = json.Marshal(arguments)
	if err != nil {
		return in, misfit(err)
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return in, misfit(err)
	}
	return in, nil
}

// misfit refuses arguments that the schema does not allow.
func misfit(err error) error {
	return fault.New(fault.Invalid, "The arguments are not as this tool takes them: %v.", err).
		Todo("Correct them; the tool's input schema describes each.")
}

// refusal is the result that tells an agent what went wrong.
func refusal(err error) *sdk.CallToolResult {
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: explain(err)}}}
}

// explain says what is wrong, where, and what to do next.
func explain(err error) string {
	p := problemOf(err)
	var b strings.Builder
	b.WriteString(oneLine(p.Detail))
	line := func(name, value string) {
		if value != "" {
			b.WriteString("\n" + oneLine(name+": "+value))
		}
	}
	line("Field", p.Field)
	if len(p.Errors) > 1 { // the first one is what Detail and Field say
		for _, e := range p.Errors[1:] {
			line("Also "+e.Field, e.Message)
		}
	}
	line("Next", p.Todo)
	line("Code", string(p.Code))
	return b.String()
}

// problemOf gives any error as a problem. A time that has passed is put right by
// tools, not by leaving it out.
func problemOf(err error) wire.Problem {
	p := problem(err)
	if p.Code == fault.TimePassed {
		p.Todo = "Give a time in the future with schedule_post, or publish a post that is there at once with publish_post."
	}
	return p
}

// problem gives any error as a problem, in the words of who made it.
func problem(err error) wire.Problem {
	if p, ok := errors.AsType[*wire.Problem](err); ok {
		return *p
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return wire.Problem{Code: f.Code, Detail: f.Message, Field: f.Field, Todo: f.Fix}
	}
	p := wire.Problem{Detail: sentence(err.Error()), Code: fault.Unreachable}
	if u, ok := errors.AsType[*client.UnreachableError](err); ok && u.Sent() {
		p.Todo = "It may have been done all the same: look with get_post or list_posts first. " +
			"create_draft and schedule_post may be called again with the same arguments; they make one post."
	} else {
		p.Todo = "Nothing was done. The owner should check that Spool is running, and where this program looks for it: spool status."
	}
	return p
}

// sentence gives a message a capital and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
