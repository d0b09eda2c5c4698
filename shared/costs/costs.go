// Package costs works out what a Spool costs in a month: what it asks of AWS, as counted on a run of the whole system,
// times AWS's prices. What X charges is apart from it: see package tweet.
//
// What was counted stands in usage.go; a test holds it to the template and to a counted run, and another one the
// README's figures to this package.
package costs

import (
	"fmt"
	"strings"

	"spool/shared/tweet"
)

// AsOf is the day of the prices: those of us-east-1 on AWS's pages.
const AsOf = "2026-11-26"

// Hours are those of an average month, as AWS counts it.
const Hours = 730

// Item is something that AWS charges for.
type Item string

// The items, each counted in its own unit.
const (
	Keys          Item = "KMS keys and their rotations" // months of a key, and of each of its first two rotations
	KMSRequests   Item = "KMS requests"
	Requests      Item = "Lambda requests"
	GBSeconds     Item = "Lambda GB-seconds (arm64)"
	SQSRequests   Item = "SQS requests"
	WriteUnits    Item = "DynamoDB write units"
	ReadUnits     Item = "DynamoDB read units"
	HTTPRequests  Item = "HTTP API requests"
	AlarmMetrics  Item = "CloudWatch alarm metrics"
	CustomMetrics Item = "CloudWatch metrics of its own"
	Dashboards    Item = "CloudWatch dashboards"
	LogGB         Item = "CloudWatch Logs, GB written"
	S3Puts        Item = "S3 requests that write"
	StorageGB     Item = "DynamoDB, GB stored"
	BackupGB      Item = "DynamoDB, GB of backups"
)

// price is what one of an item costs, in dollars, and how many are free each month, always and for every account.
type price struct {
	item      Item
	one, free float64
	source    string
}

// prices are AWS's, in the order in which they are shown. What is free applies to all that an account uses, so somebody
// who uses it up elsewhere pays for these, too. Schedules of EventBridge are free, and so is the first GB of the rest.
func prices() []price {
	const million = 1e-6
	return []price{
		{Keys, 1, 0, "https://aws.amazon.com/kms/pricing/"},
		{KMSRequests, 0.03 / 10_000, 20_000, "https://aws.amazon.com/kms/pricing/"},
		{Requests, 0.20 * million, 1e6, "https://aws.amazon.com/lambda/pricing/"},
		{GBSeconds, 0.0000133334, 400_000, "https://aws.amazon.com/lambda/pricing/"},
		{SQSRequests, 0.40 * million, 1e6, "https://aws.amazon.com/sqs/pricing/"},
		{WriteUnits, 0.625 * million, 0, "https://aws.amazon.com/dynamodb/pricing/on-demand/"},
		{ReadUnits, 0.125 * million, 0, "https://aws.amazon.com/dynamodb/pricing/on-demand/"},
		{HTTPRequests, 1.00 * million, 0, "https://aws.amazon.com/api-gateway/pricing/"},
		{AlarmMetrics, 0.10, 10, "https://aws.amazon.com/cloudwatch/pricing/"},
		{CustomMetrics, 0.30, 10, "https://aws.amazon.com/cloudwatch/pricing/"},
		{Dashboards, 3, 3, "https://aws.amazon.com/cloudwatch/pricing/"},
		{LogGB, 0.50, 5, "https://aws.amazon.com/cloudwatch/pricing/"},
		{S3Puts, 5 * million, 0, "https://aws.amazon.com/s3/pricing/"},
		{StorageGB, 0.25, 25, "https://aws.amazon.com/dynamodb/pricing/on-demand/"},
		{BackupGB, 0.20, 0, "https://aws.amazon.com/dynamodb/pricing/on-demand/"},
	}
}

// Usage is how much of each item is used.
type Usage map[Item]float64

// Plus adds usages up.
func (u Usage) Plus(others ...Usage) Usage {
	sum := Usage{}
	for _, all := range append([]Usage{u}, others...) {
		for item, n := range all {
			sum[item] += n
		}
	}
	return sum
}

// Times is the usage of n of them.
func (u Usage) Times(n float64) Usage {
	all := Usage{}
	for item, one := range u {
		all[item] = n * one
	}
	return all
}

// Line is what one item comes to.
type Line struct {
	Item    Item    `json:"item"`
	Used    float64 `json:"used"`
	Free    float64 `json:"free"`         // that nobody is charged for, each month
	Dollars float64 `json:"dollars"`      // after what is free
	Whole   float64 `json:"without_free"` // where nothing is free any more
}

// Bill is what a month's use comes to.
func (u Usage) Bill() (lines []Line, dollars, whole float64) {
	for _, p := range prices() {
		used := u[p.item]
		if used == 0 {
			continue
		}
		l := Line{p.item, used, p.free, max(0, used-p.free) * p.one, used * p.one}
		lines, dollars, whole = append(lines, l), dollars+l.Dollars, whole+l.Whole
	}
	return lines, dollars, whole
}

// Sum is what a use comes to in dollars.
type Sum struct {
	Of      string        `json:"of"`
	Dollars float64       `json:"dollars"`      // after what AWS gives everybody each month
	Whole   float64       `json:"without_free"` // where something else of the account uses that up
	X       tweet.Dollars `json:"x,omitempty"`  // what X charges besides
	Lines   []Line        `json:"lines,omitempty"`
}

// Sums are those that README.md and the command line show.
func Sums() []Sum {
	var all []Sum
	for year, title := range []string{"a month without posts, in the first year", "in the second", "from the third on"} {
		lines, dollars, whole := Idle(year+1, 1).Bill()
		if year > 0 {
			lines = nil
		}
		all = append(all, Sum{Of: title, Dollars: dollars, Whole: whole, Lines: lines})
	}
	prices := tweet.ListPrices()
	for _, n := range []int{1, 10, 25} {
		_, dollars, whole := Thread(n).Bill()
		title := fmt.Sprintf("a thread of %d tweets", n)
		if n == 1 {
			title = "a single tweet"
		}
		all = append(all, Sum{
			Of: title, Dollars: dollars, Whole: whole, X: prices.Cost(tweet.Usage{Posts: n}).Total,
		})
	}
	return all
}

// Text shows the sums, and how the first one comes about.
func Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "What AWS charges, by its prices of %s in us-east-1, for what Spool asks of it (counted):\n\n", AsOf)
	b.WriteString(Table())
	b.WriteString("\nA month without posts, line by line:\n\n")
	fmt.Fprintf(&b, "  %-30s %9s %9s %9s %9s\n", "", "used", "free", "dollars", "in full")
	for _, l := range Sums()[0].Lines {
		fmt.Fprintf(&b, "  %-30s %9s %9s %9.4f %9.4f\n", l.Item, amount(l.Used), amount(l.Free), l.Dollars, l.Whole)
	}
	return b.String()
}

// Table is the table of sums, as README.md has it.
func Table() string {
	var b strings.Builder
	b.WriteString("| | AWS | where nothing is free any more | X, besides |\n|---|---|---|---|\n")
	for _, s := range Sums() {
		x := "–"
		if s.X > 0 {
			x = s.X.String()
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Of, dollars(s.Dollars), dollars(s.Whole), x)
	}
	return b.String()
}

// dollars writes an amount: cents, or as many digits as say something.
func dollars(d float64) string {
	if d >= 0.01 {
		return fmt.Sprintf("$%.2f", d)
	}
	return fmt.Sprintf("$%.6f", d)
}

// amount writes a number with as many digits as say something.
func amount(n float64) string {
	if n >= 100 || n == float64(int64(n)) {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.3f", n)
}
