package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"spool/infra/stack/template"
)

// question is what an owner is asked once. Everything else has a default that is right for nearly everybody, and
// stands in the file.
type question struct {
	parameter, text string
	otherwise       string // what Enter means, in words; the template's default is taken
}

var questions = []question{
	{
		"AlarmEmail",
		"E-mail address that alarms go to, when functions fail or threads go out late.\nAWS sends it a link to confirm.",
		"no alarms",
	},
	{"CallbackDomain", "A domain of your own for the page and the API, such as posts.example.com, if you have one.\n" +
		"You lead it to the API yourself, as a custom domain of API Gateway.", "API Gateway's own domain"},
	{"ReserveConcurrency", "Keep executions free for publishing, whatever floods the API? yes or no.\n" +
		"It needs an account that may run 113 functions at once; a new account may run 10.", "no"},
}

// errNoAnswer ends questions whose answers were wrong and that nobody answers any more.
var errNoAnswer = errors.New("there is no other answer on standard input")

// ask asks for the settings of a new stage and keeps them before anything is created. Enter takes what is in brackets,
// and so does the end of the input.
func (o *owner) ask(ctx context.Context, t *template.Template) (settings, error) {
	s := settings{Stack: "spool-" + o.stage, Region: o.region, Parameters: map[string]string{}}
	if o.stage == defaultStage {
		s.Stack = "spool"
	}
	o.say(
		"This is the first deployment of the stage %s. Press Enter for what is in brackets; you can change all of it later.",
		o.stage,
	)
	in := bufio.NewReader(o.in)
	var err error
	if s.Region == "" {
		standard := "us-east-1"
		if cfg, err := config.LoadDefaultConfig(ctx); err == nil {
			standard = cmp.Or(cfg.Region, standard)
		}
		if s.Region, err = o.answer(ctx, in, "AWS region, near you.", standard, checkRegion); err != nil {
			return s, err
		}
		s.Region = cmp.Or(s.Region, standard)
	}
	for _, q := range questions {
		if !t.HasParameter(q.parameter) {
			continue
		}
		check := func(value string) error { return checkParameter(t, q.parameter, value) }
		answer, err := o.answer(ctx, in, q.text, q.otherwise, check)
		if err != nil {
			return s, err
		}
		if answer != "" {
			s.Parameters[q.parameter] = answer
		}
	}
	if err := s.check(t); err != nil {
		return s, err
	}
	if err := o.store(t, s); err != nil {
		return s, err
	}
	o.say("\nKept in %s", o.file())
	return s, nil
}

// answer asks until there is an answer that passes; an empty one stands for the default.
func (o *owner) answer(ctx context.Context, in *bufio.Reader, text, otherwise string, check func(string) error) (
	string, error) {
	o.say("\n%s", text)
	for {
		_, _ = io.WriteString(o.out, "["+otherwise+"]: ")
		line, err := read(ctx, in)
		answer := strings.TrimSpace(line)
		if err != nil {
			o.say("")
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if answer == "" {
			return "", nil
		}
		wrong := check(answer)
		if wrong == nil {
			return answer, nil
		}
		o.say("That does not do: %v.", wrong)
		if err != nil {
			return "", errNoAnswer
		}
	}
}

// read gives the next line, and at the end of the input what is left of it. Ctrl-C ends the wait for it.
func read(ctx context.Context, in *bufio.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		line, err := in.ReadString('\n')
		typed <- answer{line, err}
	}()
	select {
	case a := <-typed:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
