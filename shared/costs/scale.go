package costs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"spool/shared/tweet"
)

// This file works out what many accounts cost, and which limit ends the growth at how many of them. It goes by a use
// that is stated, not measured: each account publishes a thread of ten tweets a week, and is looked at as often as
// somebody opens the page for it.
const (
	tweetsOfThread = 10
	threadsAMonth  = 4
	looksAMonth    = 30
	// busiest is the part of a day's threads that are due in its busiest minute, such as 9:00: 14 times the average.
	busiest = 0.01
	days    = Hours / 24.0
	// stored is what a thread of ten tweets takes in the tables and their indexes, in bytes, on the safe side.
	stored = 10_000.0
	// life is how long X's access token is good for, in seconds: as often is each account's renewed.
	life = 7200.0
)

// Look is a page of 20 of an account's posts.
func Look() Usage {
	return Usage{HTTPRequests: 1, Requests: 1, GBSeconds: memory * requestTime, ReadUnits: 25, LogGB: runLog / 1e9}
}

// Kept is what so many threads of ten tweets cost a month for being there.
func Kept(threads float64) Usage {
	gb := threads * stored / 1e9
	return Usage{StorageGB: gb, BackupGB: gb}
}

// Watch is a month in which notify looks, at each of its rounds, at whether X still lets an account in.
func Watch() Usage { return Usage{ReadUnits: noticeRuns * Hours} }

// Month is one of many accounts, from the third year on, after a year of the stated use.
type Month struct {
	Accounts       int
	Dollars, Whole float64 // after what is free for every account of AWS's, and before
	// Parts of Whole: what is there without any account, the renewing of tokens, the rounds that watch accounts, threads,
	// looks, and what is stored.
	Standing, Renewals, Watching, Threads, Looks, Kept float64
	X                                                  tweet.Dollars
}

// MonthOf works a month out.
func MonthOf(accounts int) Month {
	n := float64(accounts)
	threads := n * threadsAMonth
	parts := []Usage{
		Idle(3, 0), Renewal().Times(n * 12 * Hours / 24), Watch().Times(n), Thread(tweetsOfThread).Times(threads),
		Look().Times(n * looksAMonth), Kept(12 * threads),
	}
	m := Month{Accounts: accounts}
	for i, to := range []*float64{&m.Standing, &m.Renewals, &m.Watching, &m.Threads, &m.Looks, &m.Kept} {
		_, _, *to = parts[i].Bill()
	}
	_, m.Dollars, m.Whole = Usage{}.Plus(parts...).Bill()
	m.X = tweet.ListPrices().Cost(tweet.Usage{Posts: tweetsOfThread}).Total * tweet.Dollars(threads)
	return m
}

// Settings are those of the template and the code that growth depends on.
type Settings struct {
	Workers        int     // executions of the publish function at once: PublishConcurrency
	Batch          int     // posts that one of them works on side by side
	Requests       int     // to the API in a second, by the template's throttle
	Shards         int     // of the due and the expiring index
	Renewers       int     // refreshes at once
	RefreshSeconds float64 // for which a round of refresh begins new ones
	RefreshEvery   float64 // seconds from one round to the next
	WatchSeconds   float64 // that a round of notify may take
}

// End is a limit that ends the growth.
type End struct {
	Limit    string
	Quota    string  // how much there is
	Takes    string  // of it, by a thread or an account
	Minute   float64 // threads a minute that it suffices for; 0: it is about accounts
	Accounts float64 // at the stated use
	Moves    string  // which setting or change moves it
	Source   string  // empty: Spool's own code or template
}

// The quotas, of an AWS account and its region, and X's. Those of AWS are documented; none was measured here.
const (
	createsADay    = 10_000.0  // of an app on X
	partitionUnits = 1_000.0   // write units a second of one partition
	partitionReads = 3_000.0   // read units a second of one
	tableUnits     = 40_000.0  // write units a second of a table on demand, by the account's quota
	newTableUnits  = 4_000.0   // write units a second of a new one
	executions     = 1_000.0   // of Lambda at once; a new account has 10
	inFlight       = 120_000.0 // messages of a queue that somebody works on
	kmsRequests    = 10_000.0  // a second, in the smallest regions; ten times as many in us-east-1
	httpRequests   = 10_000.0  // a second, of all HTTP and REST APIs
	answerBytes    = 6e6       // of a function's answer
)

// What a thread, or a renewal, takes of one partition, by the transitions of its records.
const (
	dueWrites      = 4.0 // of the due index: made, claimed (which takes it out of one place and puts it in another), told
	shelfWrites    = 1.0 // of the index of posts by status and time: made
	appReads       = 3.0 // of the partition that all posts read: the app's credentials, its pause, its budgets
	budgetWrites   = 2.0 // of the one item of budgets, where there are any: set aside, and settled
	renewalWrites  = 4.0 // of the expiring index: leased, and stored
	renewalSeconds = 0.5 // X's answer and what is stored: an estimate
)

// What all accounts take that are read at once: estimates.
const (
	accountBytes = 600.0 // of one in the API's list
	pageSeconds  = 0.02  // of a page of the list and its records
	pageAccounts = 100.0
)

const dynamoDBQuotas = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"

// Ends are the limits, the one that ends the growth first at the top.
func Ends(s Settings) []End {
	thread := Thread(tweetsOfThread)
	seconds := perThread + tweetsOfThread*perTweet
	shards := float64(s.Shards)
	all := []End{
		{
			Limit: "X: creates of one app", Quota: "10,000 a day", Takes: "10", Minute: createsADay / tweetsOfThread / (24 * 60),
			Accounts: createsADay / tweetsOfThread / perDay(1),
			Moves:    "X grants more to its enterprise customers; or several stages (`make deploy STAGE=…`), each with an X app of its own",
			Source:   "https://docs.x.com/x-api/fundamentals/rate-limits",
		},
		minute("Posts at work", fmt.Sprintf("%d × %d", s.Workers, s.Batch), fmt.Sprintf("%.0f s of one", seconds),
			float64(s.Workers*s.Batch)/seconds, "`PublishConcurrency`, `PublishBatch`", ""),
		minute("Lambda: executions at once", "1,000", fmt.Sprintf("%.0f s of one, shared by %d", seconds, s.Batch),
			executions*float64(s.Batch)/seconds, "Service Quotas; a new account has 10, and must ask for more first",
			"https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"),
		minute("API: the template's throttle", fmt.Sprintf("%d requests a second", s.Requests), "1",
			float64(s.Requests), "`ThrottlingRateLimit` in `template.yaml`", ""),
		minute("API Gateway: requests", "10,000 a second", "1", httpRequests, "Service Quotas",
			"https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"),
		minute("DynamoDB: index of posts by status and time", "1,000 write units a second: one partition",
			amount(shelfWrites), partitionUnits/shelfWrites, "shards of a shelf, as the due index has them", dynamoDBQuotas),
		minute("DynamoDB: due index", fmt.Sprintf("1,000 write units a second in each of %d shards", s.Shards),
			amount(dueWrites), shards*partitionUnits/dueWrites, "`dynamo.Shards`; a round of dispatch reads each", dynamoDBQuotas),
		minute("DynamoDB: the app's credentials, pause and budgets", "3,000 read units a second: one partition",
			amount(appReads), partitionReads/appReads, "a worker that keeps them for some seconds", dynamoDBQuotas),
		minute("DynamoDB: budgets, where there are any", "1,000 write units a second: one item", amount(budgetWrites),
			partitionUnits/budgetWrites, "a budget in shares; conflicts of its writers may end it earlier: not measured", dynamoDBQuotas),
		minute("DynamoDB: a new table of posts", "4,000 write units a second", amount(thread[WriteUnits]),
			newTableUnits/thread[WriteUnits], "the table grows with its use within half an hour; warm throughput sets it",
			"https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"),
		minute("DynamoDB: the table of posts", "40,000 write units a second", amount(thread[WriteUnits]),
			tableUnits/thread[WriteUnits], "Service Quotas", dynamoDBQuotas),
		minute("SQS: messages in flight", "120,000", fmt.Sprintf("%.0f s of one", seconds), inFlight/seconds,
			"several queues", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"),
		renewals("Refresh: tokens renewed in time",
			fmt.Sprintf("%d at once, %.0f of every %.0f s", s.Renewers, s.RefreshSeconds, s.RefreshEvery),
			fmt.Sprintf("%.1f s of one, every 2 hours", renewalSeconds),
			float64(s.Renewers)/renewalSeconds*s.RefreshSeconds/s.RefreshEvery,
			"`vault.SweepWorkers`, the function's `Timeout`. Beyond it nothing is lost: a post renews its account's token itself", ""),
		{
			Limit: "API: the list of accounts in one answer", Quota: "6 MB", Takes: fmt.Sprintf("%.0f bytes", accountBytes),
			Accounts: answerBytes / accountBytes, Moves: "pages of accounts, as posts have them",
			Source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
		},
		{
			Limit: "Notify: a look at all accounts in a round", Quota: fmt.Sprintf("%.0f s", s.WatchSeconds),
			Takes:    fmt.Sprintf("%.0f ms for %.0f", 1000*pageSeconds, pageAccounts),
			Accounts: s.WatchSeconds / pageSeconds * pageAccounts, Moves: "an index of accounts that need a person",
		},
		renewals("DynamoDB: expiring index", fmt.Sprintf("1,000 write units a second in each of %d shards", s.Shards),
			amount(renewalWrites)+" every 2 hours", shards*partitionUnits/renewalWrites, "`dynamo.Shards`", dynamoDBQuotas),
		renewals("KMS: requests", "10,000 a second in the smallest regions", amount(Renewal()[KMSRequests])+" every 2 hours",
			kmsRequests/Renewal()[KMSRequests], "Service Quotas; or renewing only what is about to be used",
			"https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"),
	}
	slices.SortStableFunc(all, func(a, b End) int { return cmp.Compare(a.Accounts, b.Accounts) })
	return all
}

// perDay is how many threads accounts publish in a day.
func perDay(accounts float64) float64 { return accounts * threadsAMonth / days }

// minute is a limit of threads a second, which must suffice for the busiest minute of the day.
func minute(limit, quota, takes string, aSecond float64, moves, source string) End {
	return End{limit, quota, takes, 60 * aSecond, 60 * aSecond / (perDay(1) * busiest), moves, source}
}

// renewals is a limit of renewals a second, which each account needs one of in the life of a token.
func renewals(limit, quota, takes string, aSecond float64, moves, source string) End {
	return End{limit, quota, takes, 0, aSecond * life, moves, source}
}

// CostTable is the table of what many accounts cost a month.
func CostTable() string {
	var b strings.Builder
	b.WriteString("| accounts | AWS a month | where nothing is free any more | of that: renewing tokens | watching | threads | looking | keeping | standing | an account | X, besides |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, n := range []int{1_000, 100_000, 10_000_000} {
		m := MonthOf(n)
		fmt.Fprintf(&b, "| %s ", number(float64(n)))
		for _, d := range []float64{
			m.Dollars, m.Whole, m.Renewals, m.Watching, m.Threads, m.Looks, m.Kept, m.Standing,
		} {
			fmt.Fprintf(&b, "| %s ", money(d))
		}
		x := float64(m.X) / float64(tweet.Dollar)
		fmt.Fprintf(&b, "| $%.4f | %s |\n", m.Dollars/float64(n), money(x))
	}
	return b.String()
}

// EndTable is the table of limits.
func EndTable(s Settings) string {
	var b strings.Builder
	b.WriteString("| limit | how much there is | a thread or account takes | threads a minute | accounts | what moves it |\n|---|---|---|---|---|---|\n")
	for _, e := range Ends(s) {
		threads, limit := "–", e.Limit
		if e.Minute > 0 {
			threads = number(e.Minute)
		}
		if e.Source != "" {
			limit = "[" + limit + "](" + e.Source + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", limit, e.Quota, e.Takes, threads, number(e.Accounts), e.Moves)
	}
	return b.String()
}

// money writes dollars: whole ones with commas where there are many.
func money(d float64) string {
	if d < 100 {
		return fmt.Sprintf("$%.2f", d)
	}
	return "$" + number(d)
}

// number writes a number with two figures that count, and commas.
func number(n float64) string {
	if n < 10 {
		return fmt.Sprintf("%.1f", n)
	}
	unit := math.Pow(10, math.Floor(math.Log10(n))-1)
	digits := fmt.Sprintf("%.0f", math.Round(n/unit)*unit)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
