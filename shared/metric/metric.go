// Package metric decides what Spool measures of itself, and writes it to the functions' own logs in CloudWatch's
// embedded metric format: CloudWatch makes metrics of such lines, so that measuring calls nobody.
//
// The stack is the one dimension, so that several stages live side by side. All else that a line says, such as the post
// and its account, is for whoever reads the log. A metric costs $0.30 a month beyond the first ten, for the hours in
// which it is written: so what is zero is not written, except where its absence is what rings.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metric

import (
	"context"
	"log/slog"
	"time"
)

// Namespace and Dimension are where CloudWatch has the metrics.
const (
	Namespace = "Spool"
	Dimension = "Stack"
)

// Name is a metric's.
type Name string

// The metrics. Each is a count, save where [units] has another unit. PostsUnknown and Blocked are written when that
// begins, and again and again while it lasts: see [Standing].
const (
	PostsPublished Name = "PostsPublished" // their last tweet is out
	PostsFailed    Name = "PostsFailed"    // ended with a reason
	PostsMissed    Name = "PostsMissed"    // not begun, since they were too late
	PostsUnknown   Name = "PostsUnknown"   // only a person can say whether a tweet is out
	Lateness       Name = "Lateness"       // of a first tweet, by X's own time of it, after it was due
	Dollars        Name = "Dollars"        // that X charges for the tweets that went out, by its prices
	DoubtsBegun    Name = "DoubtsBegun"    // X may have a tweet whose answer was lost
	DoubtsFound    Name = "DoubtsFound"    // it has
	DoubtsAbsent   Name = "DoubtsAbsent"   // it has not
	Rescues        Name = "Rescues"        // posts that were taken over from a worker that died
	Pauses         Name = "Pauses"         // of an account or of everything, by X's refusals
	Blocked        Name = "Blocked"        // an account, or the app, that X lets in no more until a person acts

	XAnswersOK      Name = "XAnswersOK"
	XAnswersLimited Name = "XAnswersLimited" // 429
	XAnswersRefused Name = "XAnswersRefused" // other statuses below 500
	XAnswersFailed  Name = "XAnswersFailed"  // 500 and above
	XAnswersLost    Name = "XAnswersLost"    // no answer at all

	RefreshesOK     Name = "RefreshesOK"
	RefreshesFailed Name = "RefreshesFailed"
	RefreshesLost   Name = "RefreshesLost" // no answer: X may have rotated the tokens
	RefreshRounds   Name = "RefreshRounds" // of the schedule: the sign of life of refresh

	OldestDuePost  Name = "OldestDuePost"  // how long it has been due, at each round of dispatch, whose sign of life it is
	MessagesFailed Name = "MessagesFailed" // of a queue that will come again, since they could not be worked on
	DeadLetters    Name = "DeadLetters"    // messages that workers failed on again and again, or that say nothing
	AWSThrottled   Name = "AWSThrottled"   // requests that DynamoDB, KMS, SQS or S3 turned away for being too many
)

// units are those of the metrics that are no counts, as CloudWatch calls them.
var units = map[Name]string{Lateness: "Milliseconds", OldestDuePost: "Seconds", Dollars: "None"}

// Value is one measurement.
type Value struct {
	Name  Name
	Value float64
}

// one is a count of one.
func one(n Name) Value { return Value{n, 1} }

// Recorder writes what happens to the log. It is safe for concurrent use.
type Recorder struct {
	Stack string // the value of the dimension
	Now   func() time.Time
	Log   *slog.Logger
}

// directive is what tells CloudWatch which members of a line are metrics.
type directive struct {
	Timestamp         int64 // Unix milliseconds
	CloudWatchMetrics []group
}

type group struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name Name
	Unit string
}

// write logs a line with metrics. CloudWatch reads it as long as it is JSON whose top level has them.
func (r *Recorder) write(ctx context.Context, level slog.Level, message string, values []Value, attrs ...slog.Attr) {
	if len(values) > 0 {
		g := group{Namespace: Namespace, Dimensions: [][]string{{Dimension}}}
		attrs = append(attrs, slog.String(Dimension, r.Stack))
		for _, v := range values {
			unit, ok := units[v.Name]
			if !ok {
				unit = "Count"
			}
			g.Metrics = append(g.Metrics, definition{v.Name, unit})
			attrs = append(attrs, slog.Float64(string(v.Name), v.Value))
		}
		attrs = append(attrs, slog.Any("_aws", directive{r.Now().UnixMilli(), []group{g}}))
	}
	r.Log.LogAttrs(ctx, level, message, attrs...)
}
