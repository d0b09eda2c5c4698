package template

import (
	"maps"
	"reflect"
	"slices"

	"spool/infra/emulate/iam"
)

// routeSettings are the limits of routes.
type routeSettings struct{ ThrottlingRateLimit, ThrottlingBurstLimit int }

func (s routeSettings) throttle(r resolved) (Throttle, error) {
	t := Throttle{Rate: s.ThrottlingRateLimit, Burst: s.ThrottlingBurstLimit}
	if t.Rate < 0 || t.Burst < 0 || (t.Rate == 0) != (t.Burst == 0) {
		return t, errorAt(r.line, "%s: ThrottlingRateLimit and ThrottlingBurstLimit go together, and are positive", r.id)
	}
	return t, nil
}

func (b *builder) addAPI(r resolved) error {
	var p struct {
		Description          string
		FailOnWarnings       bool
		DefaultRouteSettings routeSettings
		RouteSettings        map[string]routeSettings
		AccessLogSettings    struct{ DestinationArn, Format string } // locally nothing is written
	}
	if err := decode(r.properties, r.id, &p); err != nil {
		return err
	}
	if len(b.apis) > 0 {
		return errorAt(r.line, "%s: a second HTTP API is not supported", r.id)
	}
	b.model.APIID = b.names.physical(r.id)
	b.apis[b.model.APIID] = r.id
	b.throttles = map[string]Throttle{}
	var err error
	for key, settings := range p.RouteSettings {
		if b.throttles[key], err = settings.throttle(r); err != nil {
			return err
		}
	}
	b.api = r
	b.throttle, err = p.DefaultRouteSettings.throttle(r)
	return err
}

// addThrottles gives the routes their limits: their own, or those of the API.
func (b *builder) addThrottles() error {
	for i, route := range b.model.Routes {
		own, ok := b.throttles[route.Key]
		if !ok {
			own = b.throttle
		}
		b.model.Routes[i].Throttle = own
		delete(b.throttles, route.Key)
	}
	for _, key := range slices.Sorted(maps.Keys(b.throttles)) {
		return errorAt(b.api.line, "%s: RouteSettings has %s, which is no route", b.api.id, key)
	}
	return nil
}

func (b *builder) addQueue(r resolved) error {
	q := &Queue{ID: r.id, Name: b.names.physical(r.id)}
	q.ARN, _ = r.kind.attributes["Arn"](b.names, r.id)
	q.URL, _ = r.kind.ref(b.names, r.id)
	if err := decode(r.properties, r.id, &q.QueueProperties); err != nil {
		return err
	}
	for _, limit := range []struct {
		name        string
		value       *int
		least, most int
	}{
		{"VisibilityTimeout", q.VisibilityTimeout, 0, 43200},
		{"MessageRetentionPeriod", q.MessageRetentionPeriod, 60, 1209600},
		{"DelaySeconds", q.DelaySeconds, 0, 900},
	} {
		if limit.value != nil && (*limit.value < limit.least || *limit.value > limit.most) {
			return errorAt(r.line, "%s: %s must be from %d to %d, not %d", r.id, limit.name, limit.least, limit.most,
				*limit.value)
		}
	}
	if q.RedrivePolicy != nil && q.RedrivePolicy.MaxReceiveCount < 1 {
		return errorAt(r.line, "%s: maxReceiveCount must be at least 1", r.id)
	}
	b.model.Queues = append(b.model.Queues, q)
	return nil
}

func (b *builder) addTable(r resolved) error {
	t := &Table{ID: r.id, Name: b.names.physical(r.id), Retained: r.retained}
	t.ARN, _ = r.kind.attributes["Arn"](b.names, r.id)
	if err := decode(r.properties, r.id, &t.TableProperties); err != nil {
		return err
	}
	if t.BillingMode != "PAY_PER_REQUEST" {
		return errorAt(r.line, "%s: BillingMode %s is not supported; PAY_PER_REQUEST is", r.id, t.BillingMode)
	}
	keys := slices.Clone(t.KeySchema)
	for _, index := range t.GlobalSecondaryIndexes {
		keys = append(keys, index.KeySchema...)
	}
	for _, key := range keys {
		if !slices.ContainsFunc(t.AttributeDefinitions, func(a Attribute) bool {
			return a.AttributeName == key.AttributeName
		}) {
			return errorAt(r.line, "%s: the key attribute %s is not among AttributeDefinitions", r.id, key.AttributeName)
		}
	}
	for _, a := range t.AttributeDefinitions {
		if !slices.ContainsFunc(keys, func(k KeyPart) bool { return k.AttributeName == a.AttributeName }) {
			return errorAt(r.line, "%s: attribute %s is defined but no key uses it", r.id, a.AttributeName)
		}
	}
	b.model.Tables = append(b.model.Tables, t)
	return nil
}

func (b *builder) addKey(r resolved) error {
	var p struct {
		Description       string
		EnableKeyRotation bool
		KeyPolicy         document `template:"required"`
	}
	if err := decode(r.properties, r.id, &p); err != nil {
		return err
	}
	if err := p.KeyPolicy.unconditional(r); err != nil {
		return err
	}
	arn, err := keyARN(b.names, r.id)
	if err != nil {
		return err
	}
	b.model.Keys = append(b.model.Keys, &Key{ID: r.id, ARN: arn, Rotation: p.EnableKeyRotation, Retained: r.retained})
	return nil
}

func (b *builder) addBucket(r resolved) error {
	bucket := &Bucket{ID: r.id, Retained: r.retained}
	bucket.Name, _ = r.kind.ref(b.names, r.id)
	bucket.ARN, _ = r.kind.attributes["Arn"](b.names, r.id)
	if err := decode(r.properties, r.id, &bucket.BucketProperties); err != nil {
		return err
	}
	b.model.Buckets = append(b.model.Buckets, bucket)
	return nil
}

// addPolicy takes the one policy for a bucket that has a meaning here: that nobody uses it in clear.
func (b *builder) addPolicy(r resolved) error {
	var p struct {
		Bucket         string   `template:"required"`
		PolicyDocument document `template:"required"`
	}
	if err := decode(r.properties, r.id, &p); err != nil {
		return err
	}
	bucket := &Bucket{Name: p.Bucket, ARN: "arn:aws:s3:::" + p.Bucket} // an earlier stack's
	if i := slices.IndexFunc(b.model.Buckets, func(x *Bucket) bool { return x.Name == p.Bucket }); i >= 0 {
		bucket = b.model.Buckets[i]
	}
	want := statement{
		Effect: "Deny", Principal: map[string][]string{"AWS": {"*"}}, Action: []string{"s3:*"},
		Resource:  []string{bucket.ARN, bucket.ARN + "/*"},
		Condition: conditions{"Bool": {"aws:SecureTransport": {"false"}}},
	}
	for _, s := range p.PolicyDocument.Statement {
		if s.Sid = ""; !reflect.DeepEqual(s, want) {
			return errorAt(r.line,
				"%s: a statement other than one that denies everybody everything on the bucket and its objects where aws:SecureTransport is false is not supported", r.id)
		}
		bucket.TLSOnly = true
	}
	return nil
}

// document is an IAM policy document.
type document struct {
	Version   string `template:"required"`
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string `template:"required"`
	Principal map[string][]string
	Action    []string `template:"required"`
	Resource  []string
	Condition conditions
}

// conditions are values by operator and condition key.
type conditions map[string]map[string][]string

// read gives the conditions that the emulated services enforce; any other is an error.
func (c conditions) read() (all []iam.Condition, err error) {
	for _, operator := range slices.Sorted(maps.Keys(c)) {
		for _, key := range slices.Sorted(maps.Keys(c[operator])) {
			one := iam.Condition{Operator: operator, Key: key, Values: c[operator][key]}
			if err := one.Check(); err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// unconditional refuses conditions where nothing would enforce them.
func (d document) unconditional(r resolved) error {
	for _, s := range d.Statement {
		if len(s.Condition) > 0 {
			return errorAt(r.line, "%s: a Condition is supported in the policies of a role only", r.id)
		}
	}
	return nil
}

func (b *builder) addRole(r resolved) error {
	var p struct {
		Description              string
		AssumeRolePolicyDocument document `template:"required"`
		Policies                 []struct {
			PolicyName     string   `template:"required"`
			PolicyDocument document `template:"required"`
		}
	}
	if err := decode(r.properties, r.id, &p); err != nil {
		return err
	}
	takenBy := func(service string) bool {
		return slices.ContainsFunc(p.AssumeRolePolicyDocument.Statement, func(s statement) bool {
			return s.Effect == "Allow" && slices.Contains(s.Principal["Service"], service) &&
				slices.Contains(s.Action, "sts:AssumeRole")
		})
	}
	if takenBy("codedeploy.amazonaws.com") { // which is not here
		return nil
	}
	if !takenBy("lambda.amazonaws.com") {
		return errorAt(r.line, "%s does not let lambda.amazonaws.com assume it", r.id)
	}
	if err := p.AssumeRolePolicyDocument.unconditional(r); err != nil {
		return err
	}
	statements := []iam.Statement{}
	for _, policy := range p.Policies {
		for _, s := range policy.PolicyDocument.Statement {
			if s.Effect != "Allow" {
				return errorAt(r.line, "%s: Effect %s is not supported; Allow is", r.id, s.Effect)
			}
			if len(s.Resource) == 0 {
				return errorAt(r.line, "%s: a statement has no Resource", r.id)
			}
			conditions, err := s.Condition.read()
			if err != nil {
				return errorAt(r.line, "%s: %v", r.id, err)
			}
			statements = append(statements, iam.Statement{Actions: s.Action, Resources: s.Resource, Conditions: conditions})
		}
	}
	arn, _ := roleARN(b.names, r.id)
	b.roles[arn] = statements
	return nil
}
