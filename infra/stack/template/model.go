package template

import (
	"slices"
	"time"

	"spool/infra/emulate/iam"
)

// Model is what a template describes once its parameters have values. Lists are in the order of the template.
type Model struct {
	Functions []*Function
	Tables    []*Table
	Queues    []*Queue
	Buckets   []*Bucket
	Keys      []*Key
	Routes    []Route
	Schedules []Schedule
	Mappings  []Mapping
	Alarms    []*Alarm
	Filters   []*Filter
	APIID     string // of the HTTP API
	Outputs   map[string]string
	Attached  []*Table // tables that the template has not, but a parameter may name; whoever finds them adds them
}

// Function is a Lambda function.
type Function struct {
	ID          string // logical, which is also the name of its target in the Makefile: build-ID
	Name        string
	Source      string // the folder with the Makefile
	Timeout     time.Duration
	MemorySize  int // MB
	Concurrency int // executions reserved for it, which are also the most that it gets; 0: none
	LogFormat   string
	LogGroup    string
	Environment map[string]string
	Statements  []iam.Statement // of its role
	// What of an update is there locally: nothing. Whatever starts a function takes the binary of the moment.
	Alias    string // that is invoked in place of the function; empty: the function is
	Revision string // of code and settings; another makes a new version
	Rollout  Rollout
	// NoRetry: an asynchronous invocation that fails is not tried again.
	NoRetry bool
}

// Rollout is how an alias is moved to a new version.
type Rollout struct {
	Type   string   // of CodeDeploy's
	Role   string   // that CodeDeploy takes
	Alarms []string // that take the alias back
}

// Table is a DynamoDB table.
type Table struct {
	ID, Name, ARN string
	Retained      bool // when the stack is deleted
	TableProperties
}

// TableProperties are those of AWS::DynamoDB::Table that Spool uses. The last four have nothing to act on locally.
type TableProperties struct {
	BillingMode            string      `template:"required"`
	AttributeDefinitions   []Attribute `template:"required"`
	KeySchema              []KeyPart   `template:"required"`
	GlobalSecondaryIndexes []Index

	TimeToLiveSpecification struct {
		AttributeName string
		Enabled       bool
	}
	PointInTimeRecoverySpecification struct{ PointInTimeRecoveryEnabled bool }
	SSESpecification                 struct{ SSEEnabled bool }
	DeletionProtectionEnabled        bool
}

// Attribute is a key attribute of a table or index, of type S, N or B.
type Attribute struct{ AttributeName, AttributeType string }

// KeyPart is a part of a key, of type HASH or RANGE.
type KeyPart struct{ AttributeName, KeyType string }

// Index is a global secondary index.
type Index struct {
	IndexName  string    `template:"required"`
	KeySchema  []KeyPart `template:"required"`
	Projection struct {
		ProjectionType   string
		NonKeyAttributes []string
	} `template:"required"`
}

// Bucket is an S3 bucket.
type Bucket struct {
	ID, Name, ARN string
	Retained      bool // when the stack is deleted
	TLSOnly       bool // its policy refuses what comes in clear
	BucketProperties
}

// BucketProperties are those of AWS::S3::Bucket that Spool uses. Locally nothing expires, and nothing is encrypted.
type BucketProperties struct {
	PublicAccessBlockConfiguration struct {
		BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets bool
	} `template:"required"`
	OwnershipControls struct {
		Rules []struct{ ObjectOwnership string }
	}
	BucketEncryption struct {
		ServerSideEncryptionConfiguration []struct {
			ServerSideEncryptionByDefault struct{ SSEAlgorithm string }
		}
	} `template:"required"`
	LifecycleConfiguration struct{ Rules []LifecycleRule }
	CorsConfiguration      struct{ CorsRules []CORSRule }
}

// LifecycleRule says when S3 deletes objects by itself.
type LifecycleRule struct {
	ID                             string `template:"name=Id"`
	Status                         string `template:"required"`
	Prefix                         string
	ExpirationInDays               int
	AbortIncompleteMultipartUpload struct{ DaysAfterInitiation int }
}

// CORSRule lets pages of other origins use the bucket.
type CORSRule struct {
	AllowedMethods, AllowedOrigins, AllowedHeaders []string
	MaxAge                                         int
}

// Queue is a standard SQS queue.
type Queue struct {
	ID, Name, ARN, URL string
	QueueProperties
}

// QueueProperties are those of AWS::SQS::Queue that Spool uses, times in seconds.
type QueueProperties struct {
	VisibilityTimeout      *int
	MessageRetentionPeriod *int
	DelaySeconds           *int
	SqsManagedSseEnabled   bool
	RedrivePolicy          *RedrivePolicy
}

// RedrivePolicy says when a message goes to the dead-letter queue.
type RedrivePolicy struct {
	DeadLetterTargetArn string `template:"name=deadLetterTargetArn"`
	MaxReceiveCount     int    `template:"name=maxReceiveCount"`
}

// Key is a KMS key.
type Key struct {
	ID, ARN  string
	Rotation bool
	Retained bool
}

// Route is a route of the HTTP API.
type Route struct {
	Key      string // "GET /v1/posts/{id}", "$default"
	Function string // the id of what it invokes
	Throttle Throttle
}

// Throttle is how many requests a route of the HTTP API takes: a second, and at once. Zero
// says nothing, which is API Gateway's own limit for an account.
type Throttle struct{ Rate, Burst int }

// Schedule invokes a function at a fixed rate.
type Schedule struct {
	Name     string
	Every    time.Duration
	Function string // its id
}

// Mapping hands a queue's messages to a function.
type Mapping struct {
	Queue, Function         string // their ids
	BatchSize               int
	Window                  time.Duration
	ReportBatchItemFailures bool
	MaximumConcurrency      int // 0: not bounded
}

// Function finds a function by its logical id or name; nil when there is none.
func (m *Model) Function(name string) *Function {
	for _, f := range m.Functions {
		if f.ID == name || f.Name == name {
			return f
		}
	}
	return nil
}

// Table finds a table by its logical id; nil when there is none.
func (m *Model) Table(id string) *Table {
	for _, t := range m.Tables {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// Queue finds a queue by its logical id; nil when there is none.
func (m *Model) Queue(id string) *Queue {
	for _, q := range m.Queues {
		if q.ID == id {
			return q
		}
	}
	return nil
}

// PartitionKey is the attribute with the partition key of a table, or of one of its indexes, by their names; empty when
// there is none.
func (m *Model) PartitionKey(table, index string) string {
	for _, t := range slices.Concat(m.Tables, m.Attached) {
		if t.Name != table {
			continue
		}
		schema := t.KeySchema
		if index != "" {
			schema = nil
			if i := slices.IndexFunc(t.GlobalSecondaryIndexes, func(x Index) bool { return x.IndexName == index }); i >= 0 {
				schema = t.GlobalSecondaryIndexes[i].KeySchema
			}
		}
		for _, part := range schema {
			if part.KeyType == "HASH" {
				return part.AttributeName
			}
		}
	}
	return ""
}
