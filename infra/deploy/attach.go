package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"spool/infra/stack/template"
	"spool/shared/account"
	"spool/shared/clock"
	spooldb "spool/shared/dynamo"
	"spool/shared/fault"
)

// What holds data has a parameter by which an earlier stack's is attached, and an output of the same name.
const (
	postsTable    = "PostsTable"
	accountsTable = "AccountsTable"
	tokenKey      = "TokenKey"
	mediaBucket   = "MediaBucket"
)

// dataResources are the logical ids of all of it.
var dataResources = []string{postsTable, accountsTable, tokenKey, mediaBucket}

// parameterOf is the parameter, and the output, with a data resource's ARN.
func parameterOf(id string) string { return id + "Arn" }

// physicalName is the name at the end of an ARN.
func physicalName(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }

// checkAttached refuses data that would not belong together: posts are of accounts, whose tokens are sealed by a key.
func (s settings) checkAttached() error {
	for id, needed := range map[string]string{postsTable: accountsTable, accountsTable: tokenKey} {
		if s.Parameters[parameterOf(id)] != "" && s.Parameters[parameterOf(needed)] == "" {
			return fmt.Errorf("%s goes with %s: give both, or neither", parameterOf(id), parameterOf(needed))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		parts := strings.Split(s.Parameters[name], ":")
		if len(parts) < 6 || parts[0] != "arn" || parts[3] == "" { // a bucket's has no region
			continue
		}
		if parts[3] != s.Region {
			return fmt.Errorf("%s: it is in %s, and the stack in %s", name, parts[3], s.Region)
		}
	}
	return nil
}

// attach sees that the data of an earlier stack is there, and makes tables what the template would have made: a table
// that was restored has its items and indexes, but neither expiry nor backups nor protection.
func (o *owner) attach(ctx context.Context, cfg aws.Config, awsAccount string, t *template.Template, s settings) error {
	model, err := t.Resolve(template.Settings{Stack: s.Stack, Parameters: map[string]string{
		adminKeyHash: strings.Repeat("0", 64), protection: s.parameters(t, "")[protection],
	}})
	if err != nil {
		return err
	}
	attached := func(id string) string { return s.Parameters[parameterOf(id)] }
	for _, want := range model.Tables {
		arn := attached(want.ID)
		if arn == "" {
			continue
		}
		if err := o.attachTable(ctx, dynamodb.NewFromConfig(cfg), physicalName(arn), want); err != nil {
			return fmt.Errorf("%s: %w", parameterOf(want.ID), err)
		}
	}
	if arn := attached(tokenKey); arn != "" {
		found, err := kms.NewFromConfig(cfg).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &arn})
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", parameterOf(tokenKey), err)
		case found.KeyMetadata.KeyState == kmstypes.KeyStatePendingDeletion:
			return fmt.Errorf("%s: the key is to be deleted on %s. Cancel that first: aws kms cancel-key-deletion --key-id %s",
				parameterOf(tokenKey), found.KeyMetadata.DeletionDate.Format(time.DateOnly), arn)
		case found.KeyMetadata.KeyState != kmstypes.KeyStateEnabled:
			return fmt.Errorf("%s: the key is not enabled, but %s", parameterOf(tokenKey), found.KeyMetadata.KeyState)
		}
	}
	if arn := attached(mediaBucket); arn != "" {
		in := &s3.HeadBucketInput{Bucket: aws.String(physicalName(arn)), ExpectedBucketOwner: &awsAccount}
		if _, err := s3Client(cfg).HeadBucket(ctx, in); err != nil {
			return fmt.Errorf("%s: the bucket is not there, or not yours: %w", parameterOf(mediaBucket), err)
		}
	}
	return nil
}

// hold has a stack of restored tables start paused: what they say is out of date, and their owner is to look first.
func (o *owner) hold(ctx context.Context, cfg aws.Config, table string) error {
	accounts := spooldb.NewAccounts(dynamodb.NewFromConfig(cfg), table, time.Now)
	service := account.Service{Store: accounts, Registry: accounts, Now: time.Now}
	if err := service.Hold(ctx, fault.ReasonRestored.Reason()); err != nil {
		return fmt.Errorf("pause what was restored: %w", err)
	}
	o.say("Spool starts paused. Look through what is scheduled, then have it go on: spool resume")
	return nil
}

func (o *owner) attachTable(ctx context.Context, db *dynamodb.Client, name string, want *template.Table) error {
	found, err := o.activeTable(ctx, db, name)
	if err != nil {
		return err
	}
	if !slices.Equal(keyOf(found.KeySchema), partsOf(want.KeySchema)) {
		return fmt.Errorf("the table %s has other keys than %s: is it the right one?", name, want.ID)
	}
	for _, index := range want.GlobalSecondaryIndexes {
		if err := o.addIndex(ctx, db, found, index, want.AttributeDefinitions); err != nil {
			return err
		}
	}
	if err := expire(ctx, db, name, want.TimeToLiveSpecification.AttributeName); err != nil {
		return err
	}
	if _, err := db.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
		TableName: &name,
		PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: aws.Bool(want.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled),
		},
	}); err != nil {
		return fmt.Errorf("have %s backed up: %w", name, err)
	}
	if aws.ToBool(found.DeletionProtectionEnabled) == want.DeletionProtectionEnabled {
		return nil
	}
	return protect(ctx, db, name, want.DeletionProtectionEnabled)
}

// activeTable describes a table once nothing is being done to it.
func (o *owner) activeTable(ctx context.Context, db *dynamodb.Client, name string) (*types.TableDescription, error) {
	for {
		out, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
			return nil, fmt.Errorf("there is no table %s", name)
		}
		if err != nil {
			return nil, fmt.Errorf("describe the table %s: %w", name, err)
		}
		busy := slices.ContainsFunc(out.Table.GlobalSecondaryIndexes, func(x types.GlobalSecondaryIndexDescription) bool {
			return x.IndexStatus != "" && x.IndexStatus != types.IndexStatusActive
		})
		if out.Table.TableStatus == types.TableStatusActive && !busy {
			return out.Table, nil
		}
		if err := clock.Sleep(ctx, o.pause); err != nil {
			return nil, err
		}
	}
}

// addIndex makes an index that a table of an older version lacks.
func (o *owner) addIndex(ctx context.Context, db *dynamodb.Client, table *types.TableDescription, want template.Index,
	attributes []template.Attribute,
) error {
	for _, x := range table.GlobalSecondaryIndexes {
		if aws.ToString(x.IndexName) != want.IndexName {
			continue
		}
		if !slices.Equal(keyOf(x.KeySchema), partsOf(want.KeySchema)) {
			return fmt.Errorf("the index %s of %s has other keys than the template's", want.IndexName, *table.TableName)
		}
		return nil
	}
	o.say("Adding the index %s to %s. That takes some minutes.", want.IndexName, *table.TableName)
	in := &dynamodb.UpdateTableInput{TableName: table.TableName}
	for _, a := range attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: &a.AttributeName, AttributeType: types.ScalarAttributeType(a.AttributeType),
		})
	}
	index := &types.CreateGlobalSecondaryIndexAction{IndexName: &want.IndexName, Projection: &types.Projection{
		ProjectionType:   types.ProjectionType(want.Projection.ProjectionType),
		NonKeyAttributes: want.Projection.NonKeyAttributes,
	}}
	for _, k := range want.KeySchema {
		index.KeySchema = append(index.KeySchema, types.KeySchemaElement{
			AttributeName: &k.AttributeName, KeyType: types.KeyType(k.KeyType),
		})
	}
	in.GlobalSecondaryIndexUpdates = []types.GlobalSecondaryIndexUpdate{{Create: index}}
	if _, err := db.UpdateTable(ctx, in); err != nil {
		return fmt.Errorf("add the index %s to %s: %w", want.IndexName, *table.TableName, err)
	}
	_, err := o.activeTable(ctx, db, *table.TableName)
	return err
}

func keyOf(schema []types.KeySchemaElement) (key []string) {
	for _, k := range schema {
		key = append(key, aws.ToString(k.AttributeName)+" "+string(k.KeyType))
	}
	return key
}

func partsOf(schema []template.KeyPart) (key []string) {
	for _, k := range schema {
		key = append(key, k.AttributeName+" "+k.KeyType)
	}
	return key
}

// expire has items go by the time in an attribute. DynamoDB refuses to be told twice.
func expire(ctx context.Context, db *dynamodb.Client, name, attribute string) error {
	is, err := db.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return fmt.Errorf("ask how items of %s expire: %w", name, err)
	}
	switch is.TimeToLiveDescription.TimeToLiveStatus {
	case types.TimeToLiveStatusEnabled, types.TimeToLiveStatusEnabling:
		return nil
	}
	if _, err := db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: aws.Bool(true)},
	}); err != nil {
		return fmt.Errorf("have items of %s expire: %w", name, err)
	}
	return nil
}

// protect has DynamoDB refuse to delete a table, or allow it again.
func protect(ctx context.Context, db *dynamodb.Client, name string, protected bool) error {
	if _, err := db.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName: &name, DeletionProtectionEnabled: &protected,
	}); err != nil {
		return fmt.Errorf("set the protection of %s: %w", name, err)
	}
	return nil
}
