package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"spool/infra/stack/template"
	"spool/shared/media"
	"spool/shared/publish"
	"spool/shared/tweet"
)

// defaultStage is the one that a plain `make deploy` is for.
const defaultStage = "live"

// Parameters that are not the owner's to set.
const (
	adminKeyHash = "AdminKeyHash" // comes from the admin key's file
	revision     = "Revision"     // of what the functions are made of and set to
	version      = "Version"      // the commit that they are made from
)

// restoredTo is the parameter with the time that attached tables were set back to.
const restoredTo = "RestoredTo"

// protection is the parameter that a first deployment does without.
const protection = "DeletionProtection"

// settings are what a stage is deployed with.
type settings struct {
	Stack      string            `yaml:"stack"`
	Region     string            `yaml:"region"`
	Parameters map[string]string `yaml:"parameters"` // of the template; those left out have the template's default
	Tags       map[string]string `yaml:"tags"`       // of the stack, and of all in it that takes tags
}

var (
	stageName  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	stackName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
)

func (o *owner) file() string { return filepath.Join(o.folder, "deploy-"+o.stage+".yaml") }

// keyFile is a stage's own.
func (o *owner) keyFile() string {
	if o.stage == defaultStage {
		return filepath.Join(o.folder, "admin-key")
	}
	return filepath.Join(o.folder, "admin-key-"+o.stage)
}

// settings reads the stage's file. Where there is none it asks, and keeps the answers. They are checked either way.
func (o *owner) settings(ctx context.Context, t *template.Template) (settings, error) {
	if !stageName.MatchString(o.stage) {
		return settings{}, fmt.Errorf(
			"a stage's name has small letters, digits and hyphens, such as test: %q has not",
			o.stage,
		)
	}
	text, err := os.ReadFile(o.file())
	if errors.Is(err, fs.ErrNotExist) {
		return o.ask(ctx, t)
	}
	if err != nil {
		return settings{}, err
	}
	var s settings
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf(
			"%s: %w\nA value with braces or a colon stands in single quotes: Prices: '{\"post\":\"0.015\"}'",
			o.file(),
			err,
		)
	}
	if o.region != "" && o.region != s.Region {
		return s, fmt.Errorf(
			"the stage %s is in %s, says %s: choose another STAGE to deploy to %s as well",
			o.stage,
			s.Region,
			o.file(),
			o.region,
		)
	}
	if err := s.check(t); err != nil {
		return s, fmt.Errorf("%s: %w", o.file(), err)
	}
	o.say("Settings are from %s", o.file())
	return s, nil
}

// check refuses what CloudFormation would refuse, what would not work, and what the functions would not take.
func (s settings) check(t *template.Template) error {
	if !stackName.MatchString(s.Stack) {
		return fmt.Errorf("stack: %q is not a name of letters, digits and hyphens", s.Stack)
	}
	if err := checkRegion(s.Region); err != nil {
		return fmt.Errorf("region: %w", err)
	}
	for name, value := range s.Parameters {
		switch name {
		case adminKeyHash:
			return fmt.Errorf("%s comes from the admin key's file: leave it out", name)
		case revision:
			return fmt.Errorf("%s is worked out: leave it out", name)
		case version:
			return fmt.Errorf("%s is the commit that is deployed: leave it out", name)
		}
		if err := checkParameter(t, name, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := s.checkAttached(); err != nil {
		return err
	}
	if err := s.checkTags(); err != nil {
		return err
	}
	values := s.parameters(t, "")
	switch {
	case values["CertificateArn"] != "" && values["CallbackDomain"] == "":
		return errors.New("CertificateArn: the certificate is for CallbackDomain, which is empty")
	case values[restoredTo] != "" && values[parameterOf(postsTable)] == "":
		return errors.New("RestoredTo: it is about tables that are attached, and PostsTableArn is empty")
	case values[restoredTo] > time.Now().UTC().Format(time.RFC3339):
		return errors.New("RestoredTo: this time has not come yet")
	case seconds(values["AwsBudget"]) > 0 && values["AlarmEmail"] == "":
		return errors.New("AwsBudget: it is AlarmEmail that would be written to, and that is empty")
	}
	lease, settle := seconds(values["LeaseSeconds"]), seconds(values["SettleSeconds"])
	if least := publish.LeastSettle(lease); settle < least {
		return fmt.Errorf(
			"SettleSeconds: with LeaseSeconds %v it must be at least %v, or a tweet could be posted twice",
			lease.Seconds(),
			least.Seconds(),
		)
	}
	return nil
}

// checkTags refuses what AWS would refuse of tags.
func (s settings) checkTags() error {
	for name, value := range s.Tags {
		if name == "" || len(name) > 128 || len(value) > 256 || strings.HasPrefix(strings.ToLower(name), "aws:") {
			return fmt.Errorf("tags: %q: a tag's name has up to 128 characters and does not begin with aws:, its value up to 256",
				name)
		}
	}
	if len(s.Tags) > 50 {
		return errors.New("tags: AWS takes 50 at most")
	}
	return nil
}

func checkRegion(name string) error {
	if !regionName.MatchString(name) {
		return fmt.Errorf("%q is not an AWS region such as eu-central-1", name)
	}
	return nil
}

// checkParameter also knows what the template's own rules cannot say.
func checkParameter(t *template.Template, name, value string) error {
	if err := t.Check(name, value); err != nil {
		return err
	}
	switch name {
	case "Prices":
		_, err := tweet.ParsePrices(value)
		return err
	case "MediaLimits":
		_, err := media.ParseLimits(value)
		return err
	case "CallbackDomain", "XEndpoint":
		if u, err := url.Parse(value); err == nil && u.Scheme == "http" {
			return fmt.Errorf("%s is an address on this machine, which nothing at AWS can reach", value)
		}
	}
	return nil
}

func seconds(text string) time.Duration {
	n, _ := strconv.Atoi(text) // the template's rules have a number
	return time.Duration(n) * time.Second
}

// parameters gives all of the template's: those left out are not those of the last deployment, but the defaults.
func (s settings) parameters(t *template.Template, hash string) map[string]string {
	values := map[string]string{}
	for _, p := range t.Parameters() {
		values[p.Name] = p.Default
		if value, ok := s.Parameters[p.Name]; ok {
			values[p.Name] = value
		}
	}
	values[adminKeyHash] = hash
	return values
}

// store writes the file with every parameter in it and what it means.
func (o *owner) store(t *template.Template, s settings) error {
	values := s.parameters(t, "")
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"# What `make deploy` deploys the stage %s with. Change what you like and run it again: this file counts.\n\n",
		o.stage,
	)
	fmt.Fprintf(
		&b,
		"# Another name or region is another Spool, with nothing in it.\nstack: %s\nregion: %s\n\n"+
			"# Tags of the stack and of all in it, such as {cost-center: marketing}.\ntags: {}\n\nparameters:\n",
		s.Stack,
		s.Region,
	)
	for _, p := range t.Parameters() {
		if slices.Contains([]string{adminKeyHash, revision, version}, p.Name) {
			continue
		}
		value, err := yaml.Marshal(values[p.Name])
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n%s  %s: %s", comment(p.Description), p.Name, value)
	}
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(o.file(), []byte(b.String()), 0o600)
}

// comment wraps a text at 110 characters.
func comment(text string) string {
	var b strings.Builder
	line := "  #"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 110 {
			b.WriteString(line + "\n")
			line = "  #"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}
