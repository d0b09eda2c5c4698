package costs

// What the template has, and what one run of a function asks for. The test of the whole counts both.
const (
	keys       = 1
	alarms     = 14 // metrics that an alarm watches
	metrics    = 4  // of its own that are written in every hour: signs of life
	dashboards = 1
	// pollers are what Lambda keeps at each queue that a function takes from: five, or as many as its MaximumConcurrency
	// where that is less. Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	pollers = 4 + 2 + 2
	// polls are those of a poller in an hour: each waits 20 seconds.
	polls = 3600 / 20
)

// The functions' memory, in GB.
const (
	memory        = 0.25
	publishMemory = 0.5
)

// How often the schedules run in an hour.
const (
	dispatchRuns = 60
	dispatchLook = 12 // of them look at themselves
	refreshRuns  = 4
	noticeRuns   = 4
	sweepRuns    = 1.0 / 24 // of what is old
)

// How long things take, in seconds, and how much is logged, in bytes: estimates on the safe side.
const (
	idleRun     = 0.1 // of a run that finds nothing to do
	requestTime = 0.1 // of a request to the API
	perTweet    = 0.5 // X's answer and the checkpoint
	perThread   = 1.0 // what is done before and after
	runLog      = 1000.0
	tweetLog    = 2000.0
)

// DispatchRound is a run of dispatch that finds nothing due.
func DispatchRound() Usage {
	return Usage{Requests: 1, GBSeconds: memory * idleRun, ReadUnits: 4.5, LogGB: runLog / 1e9}
}

// DispatchLook is what a run of dispatch asks for besides, where it looks at itself.
func DispatchLook() Usage {
	return Usage{ReadUnits: 3.5, WriteUnits: 1, SQSRequests: 2}
}

// RefreshRound is a run of refresh that renews nothing, and looks at itself.
func RefreshRound() Usage {
	return Usage{
		Requests: 1, GBSeconds: memory * idleRun, ReadUnits: 6, WriteUnits: 1, KMSRequests: 2, LogGB: runLog / 1e9,
	}
}

// NoticeRound is a run of notify that finds nothing to tell.
func NoticeRound() Usage {
	return Usage{Requests: 1, GBSeconds: memory * idleRun, ReadUnits: 11, WriteUnits: 1, LogGB: runLog / 1e9}
}

// SweepRound is a run of what deletes what is old, where nothing is.
func SweepRound() Usage {
	return Usage{Requests: 1, GBSeconds: memory * idleRun, ReadUnits: 2, WriteUnits: 1, LogGB: runLog / 1e9}
}

// Renewal is the renewing of an account's tokens.
func Renewal() Usage {
	return Usage{GBSeconds: memory * perTweet, ReadUnits: 6, WriteUnits: 8, KMSRequests: 3, LogGB: runLog / 1e9}
}

// Idle is a month in which nothing is published, in a year of the deployment from 1 on, with some connected accounts.
// The first two yearly rotations of the key cost as much as a key each, from then on for good.
func Idle(year, accounts int) Usage {
	rotations := min(year-1, 2)
	standing := Usage{
		Keys: float64(keys + rotations), AlarmMetrics: alarms, CustomMetrics: metrics, Dashboards: dashboards,
		SQSRequests: pollers * polls * Hours,
	}
	return standing.Plus(
		DispatchRound().Times(dispatchRuns*Hours), DispatchLook().Times(dispatchLook*Hours),
		RefreshRound().Times(refreshRuns*Hours), NoticeRound().Times(noticeRuns*Hours), SweepRound().Times(sweepRuns*Hours),
		Renewal().Times(float64(accounts)*12*Hours/24),
	)
}

// Thread is what a thread of so many tweets, without media, asks for from the request to its last tweet.
func Thread(tweets int) Usage {
	n := float64(tweets)
	return Usage{
		HTTPRequests: 1, Requests: 3, SQSRequests: 5, LogGB: (2*runLog + n*tweetLog) / 1e9,
		GBSeconds: memory*requestTime + publishMemory*(perThread+n*perTweet), ReadUnits: 10 + 0.5*n, WriteUnits: 8 + 1.4*n,
	}
}
