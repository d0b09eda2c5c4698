package stack

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"path/filepath"
	"sync"

	"spool/infra/emulate/events"
	"spool/infra/emulate/eventsource"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/lambda"
	"spool/infra/stack/template"
)

// defaultConcurrency is how many executions an account may have at once, unless it is new.
const defaultConcurrency = 1000

// deploy builds the functions and makes them ready to be invoked, each with an access key that its policies go with.
func (s *Stack) deploy(ctx context.Context) error {
	binaries, err := s.build(ctx)
	if err != nil {
		return err
	}
	if err := s.serveAWS(); err != nil {
		return err
	}
	s.account = lambda.NewAccount(cmp.Or(s.options.Concurrency, defaultConcurrency))
	for _, f := range s.Model.Functions {
		// As a role's, the credentials are those of a session.
		accessKey, secret, token := "ASIA"+rand.Text(), rand.Text(), rand.Text()
		who := iam.Principal{Name: f.Name, ARN: iam.FunctionARN(f.Name)}
		s.policies.AddSession(accessKey, secret, token, who, f.Statements...)
		s.functions[f.ID] = lambda.New(lambda.Config{
			Name:        f.Name,
			Binary:      binaries[f.ID],
			Environment: s.trusting(environment(f, accessKey, secret, token, s.endpoints)),
			Timeout:     f.Timeout,
			MemorySize:  f.MemorySize,
			Concurrency: f.Concurrency,
			Account:     s.account,
			Observer:    lambdaMetrics{s},
			Log:         s.options.Log,
		})
	}
	return nil
}

// environment is the template's, and what leads the SDK to the local endpoints.
func environment(
	f *template.Function, accessKey, secret, token string, endpoints map[string]string,
) map[string]string {
	variables := maps.Clone(f.Environment)
	if variables == nil {
		variables = map[string]string{}
	}
	variables["AWS_ACCESS_KEY_ID"] = accessKey
	variables["AWS_SECRET_ACCESS_KEY"] = secret
	variables["AWS_SESSION_TOKEN"] = token
	for service, endpoint := range endpoints {
		variables["AWS_ENDPOINT_URL_"+service] = endpoint
	}
	if f.LogFormat != "" {
		variables["AWS_LAMBDA_LOG_FORMAT"] = f.LogFormat
	}
	return variables
}

// trusting has a function trust the simulator's certificate, where that has one.
func (s *Stack) trusting(variables map[string]string) map[string]string {
	if s.Front != nil {
		variables["SSL_CERT_FILE"] = filepath.Join(s.options.Data, certificateFile)
	}
	return variables
}

// invoke lets queues and schedules invoke their functions until the stack closes.
func (s *Stack) invoke() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, m := range s.Model.Mappings {
		mapping := &eventsource.Mapping{
			Queue:                   s.source(m.Queue),
			Function:                s.functions[m.Function],
			BatchSize:               m.BatchSize,
			Window:                  m.Window,
			Visibility:              s.Model.Queue(m.Queue).Visibility(),
			ReportBatchItemFailures: m.ReportBatchItemFailures,
			MaximumConcurrency:      m.MaximumConcurrency,
			Log:                     s.log,
		}
		wg.Go(func() { mapping.Run(ctx) })
	}
	for _, schedule := range s.Model.Schedules {
		rule := &events.Rule{Name: schedule.Name, Every: schedule.Every, Function: s.target(schedule.Function, &wg)}
		rule.Enable(!s.options.Unscheduled)
		s.rules[schedule.Name] = rule
		wg.Go(func() { rule.Run(ctx) })
	}
	wg.Go(func() { s.evaluate(ctx) })
	s.onClose("the functions", func() error {
		cancel()
		s.shutdownFunctions()
		wg.Wait()
		return nil
	})
}

// shutdownFunctions lets what runs finish for a moment, and then kills it.
func (s *Stack) shutdownFunctions() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, f := range s.functions {
		wg.Go(func() { f.Shutdown(ctx) })
	}
	wg.Wait()
}

// target is a function as a schedule's target: tried again or not as the template says.
func (s *Stack) target(id string, running *sync.WaitGroup) events.Function {
	if s.Model.Function(id).NoRetry {
		return once{s.functions[id], s.log, running}
	}
	return s.functions[id]
}

// once is a function whose EventInvokeConfig has MaximumRetryAttempts 0.
type once struct {
	function *lambda.Function
	log      *slog.Logger
	running  *sync.WaitGroup
}

func (o once) InvokeAsync(payload []byte) {
	o.running.Go(func() {
		if _, err := o.function.Invoke(context.Background(), payload); err != nil {
			o.log.Warn("asynchronous event given up", "function", o.function.Name(), "error", err)
		}
	})
}
