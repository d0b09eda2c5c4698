// Command deploy deploys Spool to the owner's AWS account, as template.yaml describes it: `make deploy` runs it.
//
// The first time it asks for the settings of a stage and keeps them in a file, which its owner may edit and which
// counts from then on. Everything in it is checked before anything is created. Running it again is always right: after
// a failure it goes on with the answers that were given, and where nothing has changed it says so.
//
// It speaks to CloudFormation and S3 itself, by the credentials and endpoints that the AWS SDK finds; CloudFormation
// translates the template. Functions go up as archives that are the same, byte for byte, whenever the binaries are.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"golang.org/x/term"

	"spool/infra/stack/adminkey"
	"spool/infra/stack/commit"
	"spool/infra/stack/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// owner is who deploys, and where.
type owner struct {
	template string // the file
	folder   string // of the settings and admin keys of all stages
	stage    string
	region   string // empty: that of the settings
	in       io.Reader
	out      io.Writer
	build    func(context.Context) error // makes the functions' binaries, in .build beside the template
	// spool runs a command of the command line on the API.
	spool func(ctx context.Context, api, key, command string) error
	sits  bool          // somebody sits before this program, and can answer what `spool setup` asks
	pause time.Duration // between two looks at what AWS does
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	o := owner{in: in, out: out, pause: 3 * time.Second}
	flags := flag.NewFlagSet("deploy", flag.ContinueOnError)
	flags.StringVar(
		&o.stage,
		"stage",
		defaultStage,
		"`name` of the stage: several stand side by side, each with a key of its own",
	)
	flags.StringVar(&o.region, "region", "", "AWS `region` of a new stage")
	flags.StringVar(
		&o.folder,
		"folder",
		filepath.Join(home, ".config", "spool"),
		"`folder` of the settings and admin keys",
	)
	flags.StringVar(&o.template, "template", "template.yaml", "`file` of the template")
	destroys := flags.Bool("destroy", false, "delete the stage's stack; tables, key and bucket stay")
	doomed := flags.String("delete", "", "with -destroy, `names` of what is deleted as well: "+
		strings.Join(dataResources, ","))
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q: only flags are taken, see -help", flags.Arg(0))
	}
	if *destroys {
		return o.destroy(ctx, strings.FieldsFunc(*doomed, func(r rune) bool { return r == ',' || r == ' ' }))
	}
	if *doomed != "" {
		return errors.New("-delete goes with -destroy")
	}
	o.build, o.spool = o.makeBuild, o.runSpool
	o.sits = term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	return o.deploy(ctx)
}

// deploy asks, checks, builds, uploads, changes the stack, and waits until it answers.
func (o *owner) deploy(ctx context.Context) error {
	parsed, err := template.Load(o.template)
	if err != nil {
		return err
	}
	settings, err := o.settings(ctx, parsed)
	if err != nil {
		return err
	}
	keyFile := o.keyFile()
	key, err := adminkey.File(keyFile)
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(settings.Region))
	if err != nil {
		return fmt.Errorf("AWS configuration: %w", err)
	}
	account, err := identify(ctx, cfg)
	if err != nil {
		return err
	}
	o.say("Deploying %s to the AWS account %s in %s.", settings.Stack, account, settings.Region)
	s := newStack(cfg, settings.Stack, o)
	first, err := s.ready(ctx)
	if err != nil {
		return err
	}
	if settings, err = s.withoutOwn(ctx, settings); err != nil {
		return err
	}
	if err := o.attach(ctx, cfg, account, parsed, settings); err != nil {
		return err
	}
	if err := o.build(ctx); err != nil {
		return err
	}
	code := newBucket(cfg, account)
	archives, url, err := o.upload(ctx, code)
	if err != nil {
		return err
	}
	parameters := settings.parameters(parsed, adminkey.Hash(key))
	parameters[version] = commit.Of(ctx, filepath.Dir(o.template))
	if parameters[revision], err = revisionOf(parsed, settings.Stack, parameters, archives); err != nil {
		return err
	}
	if first && parameters[restoredTo] != "" {
		if err := o.hold(ctx, cfg, physicalName(parameters[parameterOf(accountsTable)])); err != nil {
			return err
		}
	}
	if first {
		err = s.create(ctx, url, parameters, settings.Tags)
	} else {
		err = s.update(ctx, url, parameters, settings.Tags)
	}
	if err != nil {
		return err
	}
	api, err := s.output(ctx, "ApiUrl")
	if err != nil {
		return err
	}
	if err := o.answers(ctx, api, key); err != nil {
		return err
	}
	o.say("\nSpool answers at %s\nYour admin key is in %s; only its hash has left this machine.\n", api, keyFile)
	if first && o.sits {
		return errors.Join(o.spool(ctx, api, key, "setup"), o.examine(ctx, api, key))
	}
	if err := o.examine(ctx, api, key); err != nil {
		return err
	}
	o.say("\nTo connect an X account, open that address and sign in with the key, or run\n\n  go run ./functions/spool setup\n")
	return nil
}

// examine has `spool doctor` look whether all is well with what was deployed.
func (o *owner) examine(ctx context.Context, api, key string) error {
	o.say("Looking whether all is well.\n")
	if err := o.spool(ctx, api, key, "doctor"); err != nil {
		return fmt.Errorf("it is deployed, but something is not as it should be: see above (%w)", err)
	}
	return nil
}

// runSpool runs the command line of this checkout, which gets the key by its environment.
func (o *owner) runSpool(ctx context.Context, api, key, command string) error {
	cmd := exec.CommandContext(ctx, "go", "run", "./functions/spool", command)
	cmd.Dir = filepath.Dir(o.template)
	cmd.Env = append(os.Environ(), "SPOOL_API="+api, "SPOOL_KEY="+key)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.in, o.out, os.Stderr
	return cmd.Run()
}

// makeBuild runs the Makefile's target.
func (o *owner) makeBuild(ctx context.Context) error {
	o.say("Building the functions.")
	cmd := exec.CommandContext(ctx, "make", "--silent", "--no-print-directory", "build")
	cmd.Dir = filepath.Dir(o.template)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS") // of a make that runs us
	})
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w\n%s", err, output)
	}
	return nil
}

func (o *owner) say(format string, args ...any) { fmt.Fprintf(o.out, format+"\n", args...) }
