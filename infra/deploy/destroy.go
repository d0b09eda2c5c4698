package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"go.yaml.in/yaml/v3"

	"spool/infra/stack/template"
)

// destroy deletes a stage's stack. Tables, key and bucket stay, and are attached again by the next deployment, save for
// those that are asked for by name.
func (o *owner) destroy(ctx context.Context, doomed []string) error {
	for _, id := range doomed {
		if !slices.Contains(dataResources, id) {
			return fmt.Errorf("%q holds no data: what can be deleted by name is %s", id, strings.Join(dataResources, ", "))
		}
	}
	parsed, err := template.Load(o.template)
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.file()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no stage %s: %s does not exist", o.stage, o.file())
	}
	settings, err := o.settings(ctx, parsed)
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
	s := newStack(cfg, settings.Stack, o)
	is, err := s.describe(ctx)
	if err != nil {
		return err
	}
	data := dataOf(is, settings)
	switch {
	case is == nil && len(data) == 0:
		return fmt.Errorf("there is no stack %s in %s, and no data of one", settings.Stack, settings.Region)
	case is != nil && is.StackStatus != types.StackStatusRollbackComplete && len(data) < len(dataResources):
		return fmt.Errorf("%s does not say where its data is, as older versions do not: run make deploy first", settings.Stack)
	}
	if err := o.confirm(ctx, is, account, settings, data, doomed); err != nil {
		return err
	}
	// Nothing but the settings names the data once the stack is gone, so they do before it goes.
	if err := o.remember(data); err != nil {
		return err
	}
	if is != nil {
		if err := s.remove(ctx, is); err != nil {
			return err
		}
	}
	for _, id := range doomed {
		if data[id] == "" {
			continue
		}
		if err := o.deleteData(ctx, cfg, account, id, data[id]); err != nil {
			return err
		}
		delete(data, id)
		if err := o.remember(map[string]string{id: ""}); err != nil {
			return err
		}
	}
	o.say("Done. The admin key and the settings stay in %s.", o.folder)
	if len(data) > 0 {
		o.say("The settings name what was kept: the next deployment of this stage attaches it.")
	}
	return nil
}

// dataOf gives the ARNs of what holds a stage's data: as the stack says, or where there is none, the settings.
func dataOf(is *types.Stack, s settings) map[string]string {
	data := map[string]string{}
	for _, id := range dataResources {
		arn := s.Parameters[parameterOf(id)]
		if is != nil {
			arn = outputs(is)[parameterOf(id)]
		}
		if arn != "" {
			data[id] = arn
		}
	}
	return data
}

func outputs(is *types.Stack) map[string]string {
	all := map[string]string{}
	for _, o := range is.Outputs {
		all[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return all
}

// errNotConfirmed ends a deletion that its owner did not mean.
var errNotConfirmed = errors.New("that is not the name of the stage: nothing was deleted")

// confirm says what goes and what stays, and has the owner type the name of the stage.
func (o *owner) confirm(ctx context.Context, is *types.Stack, account string, s settings, data map[string]string,
	doomed []string,
) error {
	o.say("This is the AWS account %s, in %s.", account, s.Region)
	if is != nil {
		o.say("DELETED: the stack %s: its functions, queues, API, alarms and logs.\n"+
			"         What waits in its queues is in the tables as well.", s.Stack)
	}
	for _, id := range dataResources {
		switch {
		case data[id] == "":
		case !slices.Contains(doomed, id):
			o.say("KEPT:    %-13s %s", id, data[id])
		case id == tokenKey:
			o.say("DELETED: %-13s %s, in 30 days: until then “aws kms cancel-key-deletion” takes it back", id, data[id])
		default:
			o.say("DELETED: %-13s %s, with all that is in it, for good", id, data[id])
		}
	}
	o.say("\nType the name of the stage, %s, to go on.", o.stage)
	line, err := read(ctx, bufio.NewReader(o.in))
	if strings.TrimSpace(line) == o.stage {
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	return errNotConfirmed
}

// remove deletes the stack and waits until it is gone.
func (s *stack) remove(ctx context.Context, is *types.Stack) error {
	s.say("Deleting the stack %s. That takes some minutes.", s.name)
	if _, err := s.cloud.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: is.StackId}); err != nil {
		return fmt.Errorf("delete %s: %w", s.name, err)
	}
	return s.settled(ctx, *is.StackId, types.StackStatusDeleteComplete)
}

// remember writes the ARNs of data into the settings, whose other lines and comments stay as they are.
func (o *owner) remember(data map[string]string) error {
	text, err := os.ReadFile(o.file())
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	parameters := within(document.Content[0], "parameters")
	for _, id := range dataResources {
		arn, ok := data[id]
		if !ok {
			continue
		}
		value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: arn}
		if i := place(parameters, parameterOf(id)); i >= 0 {
			parameters.Content[i+1] = value
			continue
		}
		parameters.Content = append(parameters.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: parameterOf(id)}, value)
	}
	if text, err = yaml.Marshal(&document); err != nil {
		return err
	}
	return os.WriteFile(o.file(), text, 0o600)
}

// within gives the mapping at a key, which it makes where there is none.
func within(n *yaml.Node, key string) *yaml.Node {
	i := place(n, key)
	if i < 0 {
		i = len(n.Content)
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, nil)
	}
	if n.Content[i+1] == nil || n.Content[i+1].Kind != yaml.MappingNode { // a key with nothing behind it is null
		n.Content[i+1] = &yaml.Node{Kind: yaml.MappingNode}
	}
	return n.Content[i+1]
}

func (o *owner) deleteData(ctx context.Context, cfg aws.Config, account, id, arn string) error {
	o.say("Deleting %s.", arn)
	name := physicalName(arn)
	switch id {
	case tokenKey:
		if _, err := kms.NewFromConfig(cfg).ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
			KeyId: &name, PendingWindowInDays: aws.Int32(30),
		}); err != nil {
			return fmt.Errorf("delete the key %s: %w", name, err)
		}
		return nil
	case mediaBucket:
		return deleteBucket(ctx, s3Client(cfg), name, account)
	}
	db := dynamodb.NewFromConfig(cfg)
	if err := protect(ctx, db, name, false); err != nil {
		return err
	}
	if _, err := o.activeTable(ctx, db, name); err != nil {
		return err
	}
	if _, err := db.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
		return fmt.Errorf("delete the table %s: %w", name, err)
	}
	return dynamodb.NewTableNotExistsWaiter(db, func(w *dynamodb.TableNotExistsWaiterOptions) {
		w.MinDelay, w.MaxDelay = o.pause, 10*o.pause
	}).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, 10*time.Minute)
}

// deleteBucket empties a bucket, of earlier versions too, and deletes it.
func deleteBucket(ctx context.Context, client *s3.Client, name, account string) error {
	pages := s3.NewListObjectVersionsPaginator(
		client,
		&s3.ListObjectVersionsInput{Bucket: &name, ExpectedBucketOwner: &account},
	)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the bucket %s: %w", name, err)
		}
		var all []s3types.ObjectIdentifier
		for _, v := range page.Versions {
			all = append(all, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			all = append(all, s3types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(all) == 0 {
			continue
		}
		out, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &name, ExpectedBucketOwner: &account, Delete: &s3types.Delete{Objects: all, Quiet: aws.Bool(true)},
		})
		if err == nil && len(out.Errors) > 0 {
			err = errors.New(aws.ToString(out.Errors[0].Message))
		}
		if err != nil {
			return fmt.Errorf("empty the bucket %s: %w", name, err)
		}
	}
	in := &s3.DeleteBucketInput{Bucket: &name, ExpectedBucketOwner: &account}
	if _, err := client.DeleteBucket(ctx, in); err != nil {
		return fmt.Errorf("delete the bucket %s: %w", name, err)
	}
	return nil
}
