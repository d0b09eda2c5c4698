package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/infra/bench/report"
	"spool/shared/post"
)

const (
	burstAccounts = 10
	burstLatency  = 50 * time.Millisecond // of X
	// lead is how long before the first post's second dispatch runs, and perPost what storing one may take before.
	lead    = 5 * time.Second
	perPost = 10 * time.Millisecond
	// burstPatience is how long after the last post's second all must be out: the next minute's round of dispatch finds
	// what one did not.
	burstPatience = 3 * time.Minute
)

// burst is a number of posts that are due together, or spread over a time.
type burst struct {
	posts, tweets int
	over          time.Duration
}

func (b burst) String() string {
	when := "due in one second"
	if b.over > time.Second {
		when = fmt.Sprintf("spread over %.0f s", b.over.Seconds())
	}
	what := fmt.Sprintf("%d posts", b.posts)
	if b.tweets > 1 {
		what += fmt.Sprintf(" of %d tweets", b.tweets)
	}
	return what + " " + when
}

// burstsAsked are the bursts to measure.
func (b *bench) burstsAsked() []burst {
	if b.burst.posts > 0 {
		return []burst{b.burst}
	}
	return []burst{{100, 1, 0}, {300, 1, 0}, {1000, 1, 0}, {1000, 1, time.Minute}}
}

// bursts measures how late posts go out that are due at once.
func (b *bench) bursts(ctx context.Context) error {
	r, err := startRig(ctx, burstAccounts, options{parameters: b.parameters})
	if err != nil {
		return err
	}
	defer b.closing(r)
	if err := r.x.answersAfter(ctx, burstLatency); err != nil {
		return err
	}
	bars := map[burst]time.Duration{{300, 1, 0}: time.Second, {1000, 1, 0}: 3 * time.Second}
	for _, one := range b.burstsAsked() {
		m, err := r.burst(ctx, one)
		if err != nil {
			return fmt.Errorf("%s: %w", one, err)
		}
		for _, p := range []float64{50, 99, 100} {
			row := report.Row{
				Family: "lateness of bursts, X at 50 ms", Name: fmt.Sprintf("%s, p%.0f", one, p),
				Value: report.Percentile(p, m.late).Seconds(), Unit: "s", OnValue: true,
			}
			if p == 100 {
				row.Name = fmt.Sprintf("%s, the latest", one)
			}
			if p == 99 {
				row.Bar = bars[one].Seconds()
			}
			b.add(row)
		}
		b.add(report.Row{
			Family: "requests of a burst to DynamoDB by the publisher", Name: one.String(),
			Value: float64(m.requests), Beside: float64(one.posts * (one.tweets + 3)), Against: "tweets + 3 for each post",
		})
		b.note("%s: all went out once, within %.1f s; CPU time %s.", one, m.took.Seconds(), m.cpu)
	}
	return nil
}

// measured is what came of a burst.
type measured struct {
	late []time.Duration // of each post: when X got its first tweet, after its second
	took time.Duration   // from the first post's second to the last arrival
	cpu  usage
	// requests are those to DynamoDB by the publish function.
	requests int
}

// burst has posts go out, and checks that each tweet came to X once.
func (r *rig) burst(ctx context.Context, b burst) (m measured, err error) {
	start := time.Now().Add(lead + time.Duration(b.posts*b.tweets)*perPost).Truncate(time.Second).Add(time.Second)
	posts, err := r.store(ctx, b, start)
	if err != nil {
		return m, err
	}
	if late := time.Since(start.Add(-lead)); late > 0 {
		return m, fmt.Errorf("storing the posts took %v too long on this machine", late)
	}
	if err := until(ctx, start.Add(-lead)); err != nil {
		return m, err
	}
	_, seen, err := r.x.creates(ctx, 0)
	if err != nil {
		return m, err
	}
	r.Meter.Reset()
	before := cpu()
	if err := r.dispatch(ctx); err != nil {
		return m, err
	}
	arrived, err := r.arrivals(ctx, seen, b.posts*b.tweets, start.Add(b.over+burstPatience))
	if err != nil {
		return m, err
	}
	if err := r.published(ctx, posts, arrived); err != nil {
		return m, err
	}
	m.cpu, m.requests = cpu().since(before), sum(r.Meter.Snapshot().Functions["publish"]).Requests
	for _, c := range arrived {
		m.took = max(m.took, c.at.Sub(start))
	}
	m.late, err = judge(posts, arrived)
	return m, err
}

// planned is a post of a burst.
type planned struct {
	id    string
	due   time.Time
	texts []string
}

// store stores a burst's posts as the API does, spread over the accounts.
func (r *rig) store(ctx context.Context, b burst, start time.Time) ([]planned, error) {
	posts := make([]planned, b.posts)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range posts {
		due := start.Add(b.over * time.Duration(i) / time.Duration(b.posts)).Truncate(time.Second)
		c := post.Content{Version: 1}
		for k := range b.tweets {
			text := fmt.Sprintf("Tweet %d of post %d, due at %s: this is what there is to say.", k+1, i, start.Format(time.TimeOnly))
			c.Tweets = append(c.Tweets, post.Tweet{Text: text})
			posts[i].texts = append(posts[i].texts, text)
		}
		group.Go(func() error {
			p, err := r.posts.Create(ctx, post.New(time.Now(), r.accounts[i%len(r.accounts)], c, due, "UTC"), c)
			posts[i].id, posts[i].due = p.ID, due
			return err
		})
	}
	return posts, group.Wait()
}

// arrivals waits until X has got so many requests for tweets, and then a moment longer, in which there must be no more.
func (r *rig) arrivals(ctx context.Context, after, want int, latest time.Time) (all []create, err error) {
	for {
		more, last, err := r.x.creates(ctx, after)
		if err != nil {
			return nil, err
		}
		all, after = append(all, more...), last
		if len(more) == 0 && len(all) >= want {
			return all, nil
		}
		if time.Now().After(latest) {
			return nil, fmt.Errorf("only %d of %d tweets went out in time", len(all), want)
		}
		if err := until(ctx, time.Now().Add(500*time.Millisecond)); err != nil {
			return nil, err
		}
	}
}

// judge tells how late the posts were, and what came to X twice, early, unknown or never.
func judge(posts []planned, arrived []create) (late []time.Duration, err error) {
	requests := map[string][]create{}
	for _, c := range arrived {
		requests[c.text] = append(requests[c.text], c)
	}
	var errs []error
	for _, p := range posts {
		for i, text := range p.texts {
			switch came := requests[text]; {
			case len(came) != 1 || came[0].made == "":
				errs = append(errs, fmt.Errorf("X was asked %d times for the tweet %q, and has to make it once", len(came), text))
			case came[0].at.Before(p.due):
				errs = append(errs, fmt.Errorf("the tweet %q came %v early", text, p.due.Sub(came[0].at)))
			case i == 0:
				late = append(late, came[0].at.Sub(p.due))
			}
			delete(requests, text)
		}
	}
	for text := range requests {
		errs = append(errs, fmt.Errorf("X was asked for a tweet of no post: %q", text))
	}
	return late, errors.Join(errs...)
}

// recordPatience is how long the records may take to say what X has.
const recordPatience = 10 * time.Second

// published waits until each post's record has the tweets that X made for it.
func (r *rig) published(ctx context.Context, posts []planned, arrived []create) error {
	made := map[string]string{}
	for _, c := range arrived {
		made[c.text] = c.made
	}
	var ids []string
	for _, p := range posts {
		ids = append(ids, p.id)
	}
	for end := time.Now().Add(recordPatience); ; {
		records, err := r.posts.Read(ctx, ids)
		if err != nil {
			return err
		}
		wrong := 0
		for _, p := range posts {
			if !says(records[p.id], p, made) {
				wrong++
			}
		}
		if wrong == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the records of %d posts do not say what X has", wrong)
		}
		if err := until(ctx, time.Now().Add(200*time.Millisecond)); err != nil {
			return err
		}
	}
}

// says reports whether a record is that of a published post with the ids of its tweets.
func says(record post.Post, p planned, made map[string]string) bool {
	if record.Status != post.Published || len(record.Published) != len(p.texts) {
		return false
	}
	for i, text := range p.texts {
		if record.Published[i].ID != made[text] {
			return false
		}
	}
	return true
}
