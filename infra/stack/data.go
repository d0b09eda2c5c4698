package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/emulate"
	"spool/infra/emulate/dynamodb"
	"spool/infra/emulate/s3"
	"spool/infra/stack/template"
)

func (s *Stack) startEngine(ctx context.Context) error {
	engine, err := dynamodb.Start(ctx, dynamodb.Config{
		Data:     filepath.Join(s.options.Data, "dynamodb"),
		Cache:    s.options.Cache,
		Log:      s.options.Log,
		Endpoint: s.options.DynamoDB,
	})
	if err != nil {
		return err
	}
	s.engine = engine
	s.onClose("DynamoDB", engine.Close)
	return nil
}

const tableTimeout = 30 * time.Second

// createTables makes the tables that are not there yet, and finds those that a parameter may have attached.
func (s *Stack) createTables(ctx context.Context) error {
	db := Client(s.engine.URL())
	for _, t := range s.Model.Tables {
		s.Backups.Set(t.Name, t.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled)
	}
	if err := CreateTables(ctx, db, s.Model.Tables); err != nil {
		return err
	}
	list := client.NewListTablesPaginator(db, &client.ListTablesInput{})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the tables: %w", err)
		}
		for _, name := range page.TableNames {
			found, err := db.DescribeTable(ctx, &client.DescribeTableInput{TableName: &name})
			if err != nil {
				return fmt.Errorf("describe the table %s: %w", name, err)
			}
			s.Model.Attached = append(s.Model.Attached, described(found.Table))
		}
	}
	return nil
}

// described is a table with its keys and those of its indexes.
func described(found *types.TableDescription) *template.Table {
	keys := func(schema []types.KeySchemaElement) (parts []template.KeyPart) {
		for _, k := range schema {
			parts = append(parts, template.KeyPart{AttributeName: *k.AttributeName, KeyType: string(k.KeyType)})
		}
		return parts
	}
	t := &template.Table{Name: *found.TableName}
	t.KeySchema = keys(found.KeySchema)
	for _, index := range found.GlobalSecondaryIndexes {
		t.GlobalSecondaryIndexes = append(
			t.GlobalSecondaryIndexes,
			template.Index{IndexName: *index.IndexName, KeySchema: keys(index.KeySchema)},
		)
	}
	return t
}

// Client is a client of the database itself, where nobody's policies count.
func Client(engine *url.URL) *client.Client {
	return client.New(client.Options{
		Region: emulate.Region, BaseEndpoint: aws.String(engine.String()),
		Credentials: credentials.NewStaticCredentialsProvider(emulate.AccessKeyID, "local", ""),
	})
}

// CreateTables makes the tables that are not there yet, and waits until they are.
func CreateTables(ctx context.Context, db *client.Client, tables []*template.Table) error {
	for _, t := range tables {
		if err := createTable(ctx, db, t); err != nil {
			return err
		}
	}
	return nil
}

func createTable(ctx context.Context, db *client.Client, t *template.Table) error {
	wanted := tableInput(t)
	_, err := db.CreateTable(ctx, wanted)
	if exists := (*types.ResourceInUseException)(nil); err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("create the table %s: %w", t.ID, err)
	}
	waiter := client.NewTableExistsWaiter(db, func(o *client.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, time.Second
	})
	found, err := waiter.WaitForOutput(ctx, &client.DescribeTableInput{TableName: &t.Name}, tableTimeout)
	if err != nil {
		return fmt.Errorf("wait for the table %s: %w", t.ID, err)
	}
	if !sameKeys(wanted, found.Table) {
		return fmt.Errorf("the table %s of an earlier run has other keys or indexes than the template: delete the data folder, or use another", t.ID)
	}
	return nil
}

func tableInput(t *template.Table) *client.CreateTableInput {
	input := &client.CreateTableInput{
		TableName:   &t.Name,
		BillingMode: types.BillingMode(t.BillingMode),
		KeySchema:   keySchema(t.KeySchema),
	}
	for _, a := range t.AttributeDefinitions {
		input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: &a.AttributeName, AttributeType: types.ScalarAttributeType(a.AttributeType),
		})
	}
	for _, index := range t.GlobalSecondaryIndexes {
		input.GlobalSecondaryIndexes = append(input.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: &index.IndexName, KeySchema: keySchema(index.KeySchema),
			Projection: &types.Projection{
				ProjectionType:   types.ProjectionType(index.Projection.ProjectionType),
				NonKeyAttributes: index.Projection.NonKeyAttributes,
			},
		})
	}
	return input
}

func keySchema(parts []template.KeyPart) []types.KeySchemaElement {
	var schema []types.KeySchemaElement
	for _, p := range parts {
		schema = append(schema, types.KeySchemaElement{AttributeName: &p.AttributeName, KeyType: types.KeyType(p.KeyType)})
	}
	return schema
}

// sameKeys compares a table with what the template wants.
func sameKeys(wanted *client.CreateTableInput, found *types.TableDescription) bool {
	want := map[string][]types.KeySchemaElement{"": wanted.KeySchema}
	for _, index := range wanted.GlobalSecondaryIndexes {
		want[*index.IndexName] = index.KeySchema
	}
	got := map[string][]types.KeySchemaElement{"": found.KeySchema}
	for _, index := range found.GlobalSecondaryIndexes {
		got[*index.IndexName] = index.KeySchema
	}
	return reflect.DeepEqual(want, got)
}

// createQueues makes the queues, those that others redrive to first.
func (s *Stack) createQueues(ctx context.Context) error {
	queues := slices.Clone(s.Model.Queues)
	slices.SortStableFunc(queues, func(a, b *template.Queue) int {
		return strings.Compare(redrivesTo(a), redrivesTo(b))
	})
	for _, q := range queues {
		attributes, err := queueAttributes(q)
		if err != nil {
			return err
		}
		if s.queues[q.ID], err = s.sqs.CreateQueue(q.Name, attributes); err != nil {
			return fmt.Errorf("create the queue %s: %w", q.ID, err)
		}
		if s.elsewhere == nil {
			continue
		}
		if err := s.elsewhere.queue(ctx, q.ID, q.Name, attributes); err != nil {
			return fmt.Errorf("create the queue %s: %w", q.ID, err)
		}
	}
	return nil
}

// createBuckets makes the buckets that are not there yet.
func (s *Stack) createBuckets(ctx context.Context) (err error) {
	if s.buckets, err = s3.Open(filepath.Join(s.options.Data, "s3")); err != nil {
		return err
	}
	for _, b := range s.Model.Buckets {
		var rules []s3.CORSRule
		for _, c := range b.CorsConfiguration.CorsRules {
			rules = append(rules, s3.CORSRule{
				Methods: c.AllowedMethods, Origins: c.AllowedOrigins, Headers: c.AllowedHeaders, MaxAge: c.MaxAge,
			})
		}
		if err := s.buckets.CreateBucket(b.Name, rules...); err != nil { // its rules count elsewhere, too
			return fmt.Errorf("create the bucket %s: %w", b.ID, err)
		}
		if s.elsewhere == nil {
			continue
		}
		if err := s.elsewhere.bucket(ctx, b.Name); err != nil {
			return fmt.Errorf("create the bucket %s: %w", b.ID, err)
		}
	}
	return nil
}

// redrivesTo is the ARN of a queue's dead-letter queue, or empty.
func redrivesTo(q *template.Queue) string {
	if q.RedrivePolicy == nil {
		return ""
	}
	return q.RedrivePolicy.DeadLetterTargetArn
}

func queueAttributes(q *template.Queue) (map[string]string, error) {
	attributes := map[string]string{}
	for name, value := range map[string]*int{
		"VisibilityTimeout":      q.VisibilityTimeout,
		"MessageRetentionPeriod": q.MessageRetentionPeriod,
		"DelaySeconds":           q.DelaySeconds,
	} {
		if value != nil {
			attributes[name] = strconv.Itoa(*value)
		}
	}
	if r := q.RedrivePolicy; r != nil {
		policy, err := json.Marshal(map[string]any{
			"deadLetterTargetArn": r.DeadLetterTargetArn, "maxReceiveCount": r.MaxReceiveCount,
		})
		if err != nil {
			return nil, err
		}
		attributes["RedrivePolicy"] = string(policy)
	}
	return attributes, nil
}
