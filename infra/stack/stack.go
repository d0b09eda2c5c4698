// Package stack runs a SAM template on this machine: the real function binaries, behind an emulated API Gateway,
// EventBridge, SQS, KMS, S3 and DynamoDB that hold each function to the policies of its role.
//
// Functions get the environment that the template gives them, and what Lambda and its credentials add; of this
// machine's environment they see nothing. AWS_ENDPOINT_URL_* lead their SDK here.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"spool/infra/emulate/cloudwatch"
	"spool/infra/emulate/dynamodb"
	"spool/infra/emulate/events"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/idle"
	"spool/infra/emulate/kms"
	"spool/infra/emulate/lambda"
	"spool/infra/emulate/meter"
	"spool/infra/emulate/s3"
	"spool/infra/emulate/sns"
	"spool/infra/emulate/sqs"
	"spool/infra/stack/template"
	"spool/infra/xsim"
	"spool/infra/xsim/front"
)

// Options says what to run, and where. Template and Data are required.
type Options struct {
	Template   string            // path of the template
	Parameters map[string]string // values of its parameters; see owner.go for those with a default of the stack's own
	Addr       string            // of the HTTP API; default: a free port on 127.0.0.1
	Data       string            // folder of everything that survives a restart
	Cache      string            // folder of what is built and installed; default: .build/cache beside the template
	AWS        *url.URL          // of SQS, KMS and S3 that run already; default: the stack's own
	DynamoDB   string            // URL of an engine that runs already; default: one of the stack's own
	// RoundTrip puts the simulator behind TLS, and as far away from all who call it; default: it is on this machine,
	// without TLS.
	RoundTrip time.Duration
	// Idle cuts the functions' idle connections to AWS; default: they are kept.
	Idle *idle.Cutter
	// Concurrency is how many executions of Lambda's the account may have at once; default 1,000. A new account has 10.
	Concurrency int
	// Uncounted has the functions reach the database itself: nothing is counted there, and no policy holds. What is
	// measured then is a function, not the stack.
	Uncounted bool
	// Unscheduled has no schedule of the template's fire, until EnableSchedule says so.
	Unscheduled bool
	Log         io.Writer // gets whole lines from the stack and its functions; must be safe for concurrent use
}

// Stack is a running template.
type Stack struct {
	API       *url.URL     // where the HTTP API is
	X         string       // the endpoint of X's API that the functions use; empty when the template has none
	Simulator *xsim.Sim    // what stands for X there, or nil
	Front     *front.Front // what the simulator is behind, where it is a RoundTrip away
	AdminKey  string       // its hash is in the template's parameter; empty when somebody else chose the hash
	Model     *template.Model
	Meter     *meter.Meter // what the functions asked of AWS
	Mail      *sns.Server  // what was sent by e-mail
	Backups   *dynamodb.Backups
	// CloudWatch has the metrics of everything, and the template's alarms.
	CloudWatch *cloudwatch.Server

	options   Options
	log       *slog.Logger
	engine    *dynamodb.Engine
	keys      *kms.Server
	buckets   *s3.Server
	sqs       *sqs.Server
	elsewhere *elsewhere            // nil: SQS, KMS and S3 are the stack's own
	queues    map[string]*sqs.Queue // by logical id
	account   *lambda.Account
	functions map[string]*lambda.Function // by logical id
	rules     map[string]*events.Rule     // by name
	policies  *iam.Policies
	faults    faults
	endpoints map[string]string // by service

	close   sync.Once
	closers []closer // in the order in which things were started
}

// closer ends something that was started.
type closer struct {
	what string
	end  func() error
}

func (s *Stack) onClose(what string, end func() error) {
	s.closers = append(s.closers, closer{what, end})
}

// Start runs a template. It returns once everything answers; ctx is for the start only. An error says in a sentence
// what to do about it, and then nothing is left running.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	s := &Stack{
		options:    o,
		log:        slog.New(slog.NewTextHandler(o.Log, nil)),
		Meter:      &meter.Meter{},
		Mail:       &sns.Server{},
		Backups:    &dynamodb.Backups{},
		CloudWatch: cloudwatch.New(),
		rules:      map[string]*events.Rule{},
		policies:   &iam.Policies{},
		sqs:        sqs.New(template.QueueOrigin),
		queues:     map[string]*sqs.Queue{},
		functions:  map[string]*lambda.Function{},
	}
	s.sqs.Now = s.CloudWatch.Now
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	parsed, err := template.Load(s.options.Template)
	if err != nil {
		return err
	}
	if s.options.Cache == "" {
		s.options.Cache = filepath.Join(filepath.Dir(s.options.Template), ".build", "cache")
	}
	if s.options.Data, err = filepath.Abs(s.options.Data); err != nil { // functions run in folders of their own
		return err
	}
	if err := os.MkdirAll(s.options.Data, 0o700); err != nil {
		return fmt.Errorf("cannot use the data folder %s: %w", s.options.Data, err)
	}
	listener, err := s.listen()
	if err != nil {
		return err
	}
	if s.options.AWS != nil {
		s.elsewhere = newElsewhere(s.options.AWS)
	}
	if s.keys, err = kms.Open(filepath.Join(s.options.Data, "keys.json")); err != nil {
		return err
	}
	parameters, err := s.parameters(ctx, parsed)
	if err != nil {
		return err
	}
	s.Model, err = parsed.Resolve(template.Settings{
		Stack:      "spool",
		Parameters: parameters,
		KeyARN:     func(id string) (string, error) { return s.key(ctx, id) },
	})
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		s.startEngine, s.createTables, s.createQueues, s.createBuckets, s.observe, s.deploy,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	s.invoke()
	return s.serveAPI(listener)
}

// Close ends everything in the order opposite to that of its start: what comes in first, then the functions, then what
// they use. It may be called more than once.
func (s *Stack) Close() error {
	var errs []error
	s.close.Do(func() {
		for i := len(s.closers) - 1; i >= 0; i-- {
			if err := s.closers[i].end(); err != nil {
				errs = append(errs, fmt.Errorf("end %s: %w", s.closers[i].what, err))
			}
		}
	})
	return errors.Join(errs...)
}

// Done is closed when the database has ended, with which nothing works any more.
func (s *Stack) Done() <-chan struct{} { return s.engine.Done() }

// DynamoDB is the endpoint of the database itself, where nobody's policies count.
func (s *Stack) DynamoDB() *url.URL { return s.engine.URL() }

// Endpoint is where a service that functions call is: DYNAMODB, KMS, S3 or SQS.
func (s *Stack) Endpoint(service string) string { return s.endpoints[service] }

// Withdraw takes an action from the role of a function, such as kms:Decrypt, until restore is called.
func (s *Stack) Withdraw(id, action string) (restore func()) {
	return s.policies.Withdraw(s.Model.Function(id).Name, action)
}

// Function is the running function with a logical id; nil when there is none.
func (s *Stack) Function(id string) *lambda.Function { return s.functions[id] }

// Queue is the queue with a logical id; nil when there is none.
func (s *Stack) Queue(id string) *sqs.Queue { return s.queues[id] }
