package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/bench/report"
	"spool/infra/emulate/meter"
	"spool/infra/stack"
	"spool/shared/dynamo"
	"spool/shared/post"
)

const (
	growthAccounts = 16   // connected ones, whose tokens are to be renewed
	growthDue      = 40   // posts that are due
	flat           = 1.10 // by how much a round may cost more than where little is stored
	handover       = 10_000
	// soon is when the first of a busy minute's posts is due, and lookAhead how long before that dispatch looks: what is
	// due within a minute and a quarter it hands over.
	soon      = 30 * time.Second
	lookAhead = 14 * time.Second
)

// growth measures what rounds of dispatch and refresh cost where more and more is stored, of which as much is due as
// ever; and how long dispatch takes to hand over what is due in a busy minute.
func (b *bench) growth(ctx context.Context) error {
	r, err := startRig(ctx, growthAccounts, options{unscheduled: true})
	if err != nil {
		return err
	}
	defer b.closing(r)
	posts, accounts, err := r.copiers(ctx)
	if err != nil {
		return err
	}
	var least [2]meter.Counts
	stored := 0
	for _, size := range []int{100, 1000, b.most()} {
		err := r.stopped(ctx, func() error {
			if err := r.fill(ctx, accounts, stored, size, nil); err != nil {
				return err
			}
			return r.fill(ctx, posts, stored, size, waiting)
		})
		if err != nil {
			return err
		}
		stored = size
		asked, err := r.rounds(ctx)
		if err != nil {
			return err
		}
		if size == 100 {
			least = asked
			continue
		}
		for i, what := range []string{
			fmt.Sprintf("dispatch, %d posts due of %d", growthDue, size),
			fmt.Sprintf("refresh, %d accounts due of %d", growthAccounts, size),
		} {
			b.add(grown(what+": requests", float64(asked[i].Requests), float64(least[i].Requests)),
				grown(what+": units", asked[i].ReadUnits+asked[i].WriteUnits, least[i].ReadUnits+least[i].WriteUnits))
		}
	}
	return b.handover(ctx, r, posts)
}

// grown is a row for what a round costs.
func grown(name string, asked, least float64) report.Row {
	return report.Row{
		Family: "a round where much is stored", Name: name, Value: asked, Beside: least, Against: "with 100 stored", Bar: flat,
	}
}

// most is how many posts and accounts are stored in the end.
func (b *bench) most() int {
	if b.small {
		return 10_000
	}
	return 100_000
}

// copiers copy a post that waits for its time and an account whose tokens are good for long.
func (r *rig) copiers(ctx context.Context) (posts, accounts copier, err error) {
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "It waits for its time."}}}
	p, err := r.posts.Create(ctx, post.New(time.Now(), r.accounts[0], c, time.Now().AddDate(1, 0, 0), "UTC"), c)
	if err != nil {
		return posts, accounts, err
	}
	db := stack.Client(r.DynamoDB())
	if posts, err = newCopier(ctx, db, r.Model.Table("PostsTable").Name, "post#"+p.ID, "progress", p.ID); err != nil {
		return posts, accounts, err
	}
	id := r.accounts[0]
	accounts, err = newCopier(ctx, db, r.Model.Table("AccountsTable").Name, "account#"+id, "account", id)
	return posts, accounts, err
}

// waiting gives each copy of a post another time, from a year on.
func waiting(i int, it item) { at(it, time.Now().AddDate(1, 0, 0).Add(time.Duration(i)*time.Second)) }

// at has a post be due at another time.
func at(it item, due time.Time) {
	for _, name := range []string{"at", "due_at"} {
		it[name] = &types.AttributeValueMemberN{Value: strconv.FormatInt(due.UnixMilli(), 10)}
	}
}

// rounds counts a round of dispatch and one of refresh, and waits until what they began is done.
func (r *rig) rounds(ctx context.Context) (asked [2]meter.Counts, err error) {
	if err := r.rounded(ctx, "DispatchFunction"); err != nil { // looks at itself now and then, and has by now
		return asked, err
	}
	_, seen, err := r.x.creates(ctx, 0)
	if err != nil {
		return asked, err
	}
	now := time.Now()
	posts, err := r.store(ctx, burst{posts: growthDue, tweets: 1}, now)
	if err != nil {
		return asked, err
	}
	r.Meter.Reset()
	if err := r.rounded(ctx, "DispatchFunction"); err != nil {
		return asked, err
	}
	asked[0] = sum(r.Meter.Snapshot().Functions["dispatch"])
	arrived, err := r.arrivals(ctx, seen, growthDue, now.Add(time.Minute))
	if err != nil {
		return asked, err
	}
	if err := r.published(ctx, posts, arrived); err != nil {
		return asked, err
	}
	if err := r.expire(ctx); err != nil {
		return asked, err
	}
	r.Meter.Reset()
	if err := r.rounded(ctx, "RefreshFunction"); err != nil {
		return asked, err
	}
	asked[1] = sum(r.Meter.Snapshot().Functions["refresh"])
	return asked, r.renewed(ctx)
}

// rounded runs a round of a scheduled function.
func (r *rig) rounded(ctx context.Context, id string) error {
	_, err := r.Function(id).Invoke(ctx, []byte(scheduled))
	return err
}

// expire has all connected accounts be due for a renewal of their tokens.
func (r *rig) expire(ctx context.Context) error {
	for _, id := range r.accounts {
		s, err := r.stored().Snapshot(ctx, id)
		if err != nil {
			return err
		}
		s.Account.RefreshAt = time.Now().Add(-time.Minute)
		if _, err := r.stored().SaveAccount(ctx, s.Account); err != nil {
			return err
		}
	}
	return nil
}

// renewed checks that they were renewed.
func (r *rig) renewed(ctx context.Context) error {
	for _, id := range r.accounts {
		s, err := r.stored().Snapshot(ctx, id)
		if err != nil {
			return err
		}
		if s.Account.RefreshAt.Before(time.Now()) {
			return fmt.Errorf("account %s was not renewed", id)
		}
	}
	return nil
}

// stored are the accounts, past the functions' policies.
func (r *rig) stored() *dynamo.Accounts {
	return dynamo.NewAccounts(stack.Client(r.DynamoDB()), r.Model.Table("AccountsTable").Name, time.Now)
}

// handover has ten thousand posts be due within a minute, and measures one round of dispatch.
func (b *bench) handover(ctx context.Context, r *rig, posts copier) error {
	// None of them is to go out before the round has ended.
	first := time.Now().Add(soon)
	busy := func(i int, it item) {
		at(it, first.Add(time.Duration(i-b.most())*time.Minute/handover))
		it["account"] = str(r.accounts[i%len(r.accounts)])
	}
	err := r.stopped(ctx, func() error { return r.fill(ctx, posts, b.most(), b.most()+handover, busy) })
	if err != nil {
		return err
	}
	if err := until(ctx, first.Add(-lookAhead)); err != nil {
		return err
	}
	begun := time.Now()
	if err := r.rounded(ctx, "DispatchFunction"); err != nil {
		return err
	}
	took := time.Since(begun)
	depth := r.Queue("PublishQueue").Depth()
	const family = "a round where much is due"
	b.add(report.Row{
		Family: family, Name: fmt.Sprintf("posts handed over, of %d due in a minute", handover),
		Value: float64(depth.Visible + depth.Hidden + depth.Delayed), Bar: handover, More: true, OnValue: true,
	}, report.Row{
		Family: family, Name: "the time that takes", Value: took.Seconds(), Unit: "s", Bar: 30, OnValue: true,
	})
	return nil
}
