package template_test

import (
	"slices"
	"time"

	"spool/infra/emulate/iam"
	"spool/infra/stack/template"
)

// The form of the goldens: what AWS would have, with AWS's defaults where the template says nothing.

type object = map[string]any

func normal(m *template.Model) object {
	return object{
		"functions": byID(m.Functions, func(f *template.Function) (string, any) { return f.ID, normalFunction(f) }),
		"tables":    byID(m.Tables, func(t *template.Table) (string, any) { return t.ID, normalTable(t) }),
		"queues":    byID(m.Queues, func(q *template.Queue) (string, any) { return q.ID, normalQueue(q) }),
		"buckets":   byID(m.Buckets, func(b *template.Bucket) (string, any) { return b.ID, normalBucket(b) }),
		"keys": byID(m.Keys, func(k *template.Key) (string, any) {
			return k.ID, object{"rotation": k.Rotation, "retained": k.Retained}
		}),
		"routes": byID(m.Routes, func(r template.Route) (string, any) {
			return r.Key, object{"function": arn(r.Function), "rate": r.Throttle.Rate, "burst": r.Throttle.Burst}
		}),
		"schedules": byID(m.Schedules, func(s template.Schedule) (string, any) {
			return s.Name, object{"function": arn(s.Function), "seconds": s.Every / time.Second}
		}),
		"mappings": byID(m.Mappings, func(x template.Mapping) (string, any) {
			return arn(x.Queue) + " " + arn(x.Function), object{"batch": x.BatchSize, "window": x.Window / time.Second,
				"reports_failures": x.ReportBatchItemFailures, "concurrency": x.MaximumConcurrency}
		}),
		"outputs": m.Outputs,
	}
}

func byID[T any](list []T, one func(T) (string, any)) object {
	result := object{}
	for _, x := range list {
		id, value := one(x)
		result[id] = value
	}
	return result
}

func arn(id string) string { return "${" + id + ".Arn}" }

func normalFunction(f *template.Function) object {
	retries := 2
	if f.NoRetry {
		retries = 0
	}
	environment := object{}
	for name, value := range f.Environment {
		environment[name] = value
	}
	return object{
		"timeout": f.Timeout / time.Second, "memory": f.MemorySize, "reserved": f.Concurrency, "log_format": f.LogFormat,
		"alias": f.Alias, "rollout": f.Rollout.Type, "alarms": orEmpty(f.Rollout.Alarms),
		"retries": retries, "environment": environment, "statements": normalStatements(f.Statements),
	}
}

func normalStatements(list []iam.Statement) []object {
	result := []object{}
	for _, s := range list {
		conditions := byID(s.Conditions, func(c iam.Condition) (string, any) { return c.Operator + " " + c.Key, c.Values })
		result = append(result, object{"actions": s.Actions, "resources": s.Resources, "conditions": conditions})
	}
	return result
}

func normalTable(t *template.Table) object {
	expiresBy := ""
	if t.TimeToLiveSpecification.Enabled {
		expiresBy = t.TimeToLiveSpecification.AttributeName
	}
	return object{
		"billing": t.BillingMode,
		"key":     normalKey(t.KeySchema),
		"attributes": byID(t.AttributeDefinitions, func(a template.Attribute) (string, any) {
			return a.AttributeName, a.AttributeType
		}),
		"indexes": byID(t.GlobalSecondaryIndexes, func(x template.Index) (string, any) {
			return x.IndexName, object{"key": normalKey(x.KeySchema), "projection": x.Projection.ProjectionType,
				"attributes": orEmpty(x.Projection.NonKeyAttributes)}
		}),
		"expires_by": expiresBy,
		"recovery":   t.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled,
		"encrypted":  t.SSESpecification.SSEEnabled,
		"protected":  t.DeletionProtectionEnabled,
		"retained":   t.Retained,
	}
}

func normalKey(parts []template.KeyPart) (list []string) {
	for _, p := range parts {
		list = append(list, p.AttributeName+" "+p.KeyType)
	}
	return list
}

func normalQueue(q *template.Queue) object {
	redrive := template.RedrivePolicy{}
	if q.RedrivePolicy != nil {
		redrive = *q.RedrivePolicy
	}
	return object{
		"visibility": or(
			q.VisibilityTimeout,
			30,
		),
		"retention":    or(q.MessageRetentionPeriod, 345600),
		"delay":        or(q.DelaySeconds, 0),
		"encrypted":    q.SqsManagedSseEnabled,
		"dead_letters": redrive.DeadLetterTargetArn,
		"receives":     redrive.MaxReceiveCount,
	}
}

func normalBucket(b *template.Bucket) object {
	ownership, encryption, private := []string{}, []string{}, []string{}
	for _, r := range b.OwnershipControls.Rules {
		ownership = append(ownership, r.ObjectOwnership)
	}
	for _, r := range b.BucketEncryption.ServerSideEncryptionConfiguration {
		encryption = append(encryption, r.ServerSideEncryptionByDefault.SSEAlgorithm)
	}
	access := b.PublicAccessBlockConfiguration
	for name, closed := range map[string]bool{
		"BlockPublicAcls": access.BlockPublicAcls, "BlockPublicPolicy": access.BlockPublicPolicy,
		"IgnorePublicAcls": access.IgnorePublicAcls, "RestrictPublicBuckets": access.RestrictPublicBuckets} {
		if closed {
			private = append(private, name)
		}
	}
	slices.Sort(private)
	cors := []object{}
	for _, r := range b.CorsConfiguration.CorsRules {
		cors = append(
			cors,
			object{
				"methods": r.AllowedMethods,
				"origins": r.AllowedOrigins,
				"headers": orEmpty(r.AllowedHeaders),
				"age":     r.MaxAge,
			},
		)
	}
	return object{
		"private": private, "ownership": ownership, "encryption": encryption, "cors": cors,
		"expiry": byID(b.LifecycleConfiguration.Rules, func(r template.LifecycleRule) (string, any) {
			return r.ID, object{"status": r.Status, "prefix": r.Prefix, "days": r.ExpirationInDays,
				"parts": r.AbortIncompleteMultipartUpload.DaysAfterInitiation}
		}),
		"tls_only": b.TLSOnly, "retained": b.Retained,
	}
}

func or(value *int, otherwise int) int {
	if value == nil {
		return otherwise
	}
	return *value
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
