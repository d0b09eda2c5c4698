package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"spool/shared/clock"
)

// identify gives the number of the account that the credentials are of.
func identify(ctx context.Context, cfg aws.Config) (string, error) {
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("AWS does not know you. Sign in, with “aws configure” or “aws sso login”, or set "+
			"AWS_PROFILE: %w", err)
	}
	return aws.ToString(who.Account), nil
}

// stack is the deployment in CloudFormation.
type stack struct {
	*owner
	cloud *cloudformation.Client
	name  string
}

func newStack(cfg aws.Config, name string, o *owner) *stack {
	return &stack{o, cloudformation.NewFromConfig(cfg), name}
}

// describe gives the stack, or nil where there is none.
func (s *stack) describe(ctx context.Context) (*types.Stack, error) {
	out, err := s.cloud.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &s.name})
	refusal, ok := errors.AsType[smithy.APIError](err)
	if ok && refusal.ErrorCode() == "ValidationError" && strings.Contains(refusal.ErrorMessage(), "does not exist") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask CloudFormation for %s: %w", s.name, err)
	}
	return &out.Stacks[0], nil // one, where it names no other
}

// ready reports whether the stack is to be made rather than changed. What is left of a first deployment that failed is
// taken away: nothing that holds data is in it.
func (s *stack) ready(ctx context.Context) (first bool, err error) {
	is, err := s.describe(ctx)
	if err != nil || is == nil {
		return true, err
	}
	switch status := is.StackStatus; {
	case status == types.StackStatusReviewInProgress:
		return true, nil
	case status == types.StackStatusRollbackComplete:
		s.say("The first deployment failed. Taking away what is left of it.")
		if _, err := s.cloud.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: is.StackId}); err != nil {
			return true, fmt.Errorf("delete what is left of %s: %w", s.name, err)
		}
		return true, s.settled(ctx, *is.StackId, types.StackStatusDeleteComplete)
	case strings.HasSuffix(string(status), "_IN_PROGRESS"):
		return false, fmt.Errorf("somebody else is changing %s (%s): wait until that is done, and run it again",
			s.name, status)
	case strings.HasSuffix(string(status), "_FAILED"):
		reason := cmp.Or(aws.ToString(is.StackStatusReason), "CloudFormation gives none")
		return false,
			fmt.Errorf("%s is stuck (%s), for this reason: %s\nMend that in CloudFormation's console, then run it again",
				s.name, status, reason)
	}
	return false, nil
}

// create makes the stack. Its tables are protected from deletion only once it stands: CloudFormation could not take
// back what is protected, if anything failed.
func (s *stack) create(ctx context.Context, templateURL string, parameters, tags map[string]string) error {
	unprotected := maps.Clone(parameters)
	unprotected[protection] = "no"
	proposed, err := s.propose(ctx, types.ChangeSetTypeCreate, templateURL, unprotected, tags)
	if err != nil {
		return err
	}
	s.say("Making %d resources. That takes some minutes.", len(proposed.changes))
	if err := s.execute(ctx, proposed, types.StackStatusCreateComplete); err != nil {
		return err
	}
	if parameters[protection] != "yes" || parameters[parameterOf(postsTable)] != "" {
		return nil
	}
	s.say("Protecting the tables from deletion.")
	proposed, err = s.propose(ctx, types.ChangeSetTypeUpdate, templateURL, parameters, tags)
	if err != nil || proposed.nothing {
		return err
	}
	return s.execute(ctx, proposed, types.StackStatusUpdateComplete)
}

// update makes the stack what the template says, after showing what that changes. Nothing to change is fine.
func (s *stack) update(ctx context.Context, templateURL string, parameters, tags map[string]string) error {
	proposed, err := s.propose(ctx, types.ChangeSetTypeUpdate, templateURL, parameters, tags)
	if err != nil {
		return err
	}
	if proposed.nothing {
		s.say("Nothing has changed since the last deployment.")
		return nil
	}
	if err := s.show(proposed.changes); err != nil {
		return err
	}
	return s.execute(ctx, proposed, types.StackStatusUpdateComplete)
}

// changeSet is what CloudFormation would do.
type changeSet struct {
	id, stack string
	changes   []types.ResourceChange
	nothing   bool // neither resources nor anything else would change
}

// propose asks CloudFormation what would change.
func (s *stack) propose(ctx context.Context, kind types.ChangeSetType, templateURL string,
	parameters, tags map[string]string,
) (proposed changeSet, err error) {
	in := &cloudformation.CreateChangeSetInput{
		StackName:     &s.name,
		ChangeSetName: aws.String(strings.ToLower(string(kind)) + time.Now().UTC().Format("-20060102-150405")),
		TemplateURL:   &templateURL,
		ChangeSetType: kind,
		Capabilities:  []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityAutoExpand},
		Tags:          []types.Tag{}, // none takes away those of before
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		in.Parameters = append(
			in.Parameters,
			types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(parameters[name])},
		)
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(name), Value: aws.String(tags[name])})
	}
	made, err := s.cloud.CreateChangeSet(ctx, in)
	if err != nil {
		return proposed, fmt.Errorf("ask CloudFormation what would change: %w", err)
	}
	proposed.id, proposed.stack = aws.ToString(made.Id), aws.ToString(made.StackId)
	proposed.changes, proposed.nothing, err = s.changes(ctx, made.Id)
	if err == nil && proposed.nothing {
		_, err = s.cloud.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: made.Id})
	}
	return proposed, err
}

// execute has CloudFormation do it, and waits until it has.
func (s *stack) execute(ctx context.Context, proposed changeSet, want types.StackStatus) error {
	if _, err := s.cloud.ExecuteChangeSet(
		ctx,
		&cloudformation.ExecuteChangeSetInput{ChangeSetName: &proposed.id},
	); err != nil {
		return fmt.Errorf("change %s: %w", s.name, err)
	}
	return s.settled(ctx, proposed.stack, want)
}

// withoutOwn takes out of the settings what the stack has made itself: they name it where a deletion was interrupted.
func (s *stack) withoutOwn(ctx context.Context, settings settings) (settings, error) {
	is, err := s.describe(ctx)
	if err != nil || is == nil {
		return settings, err
	}
	attached := map[string]bool{}
	for _, p := range is.Parameters {
		attached[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue) != ""
	}
	settings.Parameters = maps.Clone(settings.Parameters)
	for _, id := range dataResources {
		name := parameterOf(id)
		if own := outputs(is)[name]; own != "" && own == settings.Parameters[name] && !attached[name] {
			delete(settings.Parameters, name)
		}
	}
	return settings, nil
}

// unchanged are the words by which CloudFormation says that a change set has nothing in it: it has no code for that.
var unchanged = []string{"didn't contain changes", "No updates are to be performed"}

// changes waits until CloudFormation has worked out what a change set changes: nothing, or the stack and these of its
// resources, which may be none.
func (s *stack) changes(ctx context.Context, id *string) (all []types.ResourceChange, nothing bool, err error) {
	in := &cloudformation.DescribeChangeSetInput{ChangeSetName: id}
	for {
		out, err := s.cloud.DescribeChangeSet(ctx, in)
		if err != nil {
			return nil, false, fmt.Errorf("ask CloudFormation what would change: %w", err)
		}
		reason := aws.ToString(out.StatusReason)
		says := func(words string) bool { return strings.Contains(reason, words) }
		switch {
		case out.Status == types.ChangeSetStatusFailed && slices.ContainsFunc(unchanged, says):
			return nil, true, nil
		case out.Status == types.ChangeSetStatusFailed:
			return nil, false, fmt.Errorf("CloudFormation refuses the template: %s", reason)
		case out.Status != types.ChangeSetStatusCreateComplete:
			if err := clock.Sleep(ctx, s.pause); err != nil {
				return nil, false, err
			}
			continue
		}
		for _, c := range out.Changes {
			if c.ResourceChange != nil {
				all = append(all, *c.ResourceChange)
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return all, false, nil
		}
	}
}

// holdsData are the resources that start empty when they are made anew.
var holdsData = []string{"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"}

// show says what will change, and stops before posts, accounts or tokens would be left behind.
func (s *stack) show(changes []types.ResourceChange) error {
	s.say("Changing %d resources of %s.", len(changes), s.name)
	for _, c := range changes {
		id, kind := aws.ToString(c.LogicalResourceId), aws.ToString(c.ResourceType)
		what := strings.ToLower(string(c.Action))
		anew := c.Replacement == types.ReplacementTrue
		if anew {
			what = "make anew"
		}
		s.say("  %-10s %s (%s)", what, id, kind)
		moves := anew || c.Action == types.ChangeActionRemove || c.Action == types.ChangeActionAdd
		if moves && slices.Contains(holdsData, kind) {
			return fmt.Errorf("%s would be replaced or left behind, and Spool would start without what is in it: "+
				"nothing was changed", id)
		}
	}
	return nil
}

// settled waits until CloudFormation has done what it was told. If it ends otherwise, the error has what failed.
func (s *stack) settled(ctx context.Context, id string, want types.StackStatus) error {
	began := time.Now().Add(-time.Minute) // clocks differ
	for {
		out, err := s.cloud.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &id})
		if err != nil {
			return fmt.Errorf("ask CloudFormation for %s: %w", s.name, err)
		}
		status := out.Stacks[0].StackStatus
		switch {
		case status == want:
			return nil
		case !strings.HasSuffix(string(status), "_IN_PROGRESS"):
			return fmt.Errorf("CloudFormation gave up (%s) and took back what it did:\n%s"+
				"Mend that and run it again: your answers are in %s", status, s.failures(ctx, id, began), s.file())
		}
		if err := clock.Sleep(ctx, s.pause); err != nil {
			return fmt.Errorf("%w: CloudFormation goes on by itself; run it again to see how it ends", err)
		}
	}
}

// failures has a line for each resource that failed by itself, in order.
func (s *stack) failures(ctx context.Context, id string, since time.Time) string {
	var lines []string
	pages := cloudformation.NewDescribeStackEventsPaginator(
		s.cloud,
		&cloudformation.DescribeStackEventsInput{StackName: &id},
	)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Sprintf("  (its events cannot be read: %v)\n", err)
		}
		for _, e := range page.StackEvents {
			reason := aws.ToString(e.ResourceStatusReason)
			failed := strings.HasSuffix(string(e.ResourceStatus), "_FAILED") && e.Timestamp.After(since)
			if failed && !strings.Contains(reason, "cancelled") { // because another failed
				lines = append(lines, fmt.Sprintf("  %s: %s\n", aws.ToString(e.LogicalResourceId), reason))
			}
		}
	}
	slices.Reverse(lines)
	return strings.Join(lines, "")
}

// output is one of the template's, of the stack as it is.
func (s *stack) output(ctx context.Context, name string) (string, error) {
	is, err := s.describe(ctx)
	if err != nil {
		return "", err
	}
	if is != nil {
		for _, o := range is.Outputs {
			if aws.ToString(o.OutputKey) == name {
				return aws.ToString(o.OutputValue), nil
			}
		}
	}
	return "", fmt.Errorf("%s has no output %s", s.name, name)
}

// looks is how often the API is asked before it counts as not answering: some two minutes.
const looks = 40

// answers waits until the API admits the admin key.
func (o *owner) answers(ctx context.Context, api, key string) (err error) {
	o.say("Waiting until Spool answers.")
	for range looks {
		if err = ask(ctx, api, key); err == nil {
			return nil
		}
		if err := clock.Sleep(ctx, o.pause); err != nil {
			return err
		}
	}
	return fmt.Errorf("it is deployed, but does not answer as it should: %w\n"+
		"Look at the log of ApiFunction in CloudWatch, or run it again", err)
}

func ask(ctx context.Context, api, key string) error {
	ctx, cancel := context.WithTimeout(ctx, 35*time.Second) // API Gateway gives up after 30
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api+"/v1/status", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s/v1/status answers %s", api, response.Status)
	}
	return nil
}
