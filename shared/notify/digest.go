package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
)

// begin checks when a digest is wanted, and gives it with the time of the first.
func (d Digest) begin(now time.Time) (Digest, error) {
	if d.Zone == "" {
		return Digest{}, nil
	}
	if d.Hour < 0 || d.Hour > 23 {
		return d, fault.New(fault.Invalid, "A day has no hour %d.", d.Hour).At("digest.hour").Todo("Give 0 to 23.")
	}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil || d.Zone == "Local" {
		return d, fault.New(fault.Invalid, "This is not a time zone.").At("digest.zone").
			Todo("Give the name of an IANA time zone, such as Europe/Berlin.")
	}
	d.Next = d.after(now, zone)
	return d, nil
}

// after is the first time of the digest that comes after another.
func (d Digest) after(t time.Time, zone *time.Location) time.Time {
	y, m, day := t.In(zone).Date()
	for {
		next := time.Date(y, m, day, d.Hour, 0, 0, 0, zone)
		if next.After(t) {
			return event.Stored(next)
		}
		day++
	}
}

// location is the digest's zone.
func (d Digest) location() *time.Location {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil { // it was looked at when it was set: this program knows fewer zones
		return time.UTC
	}
	return zone
}

// Shelves finds posts by their moments.
type Shelves interface {
	// Shelf gives a page of a shelf's posts; next is empty at the end.
	Shelf(ctx context.Context, shelf post.Shelf, span post.Span) (page []post.Entry, next string, err error)
	// Read gives the records that there are.
	Read(ctx context.Context, ids []string) (map[string]post.Post, error)
}

// Digester tells channels that want it what a day came to. It is safe for concurrent use.
type Digester struct {
	Shelves    Shelves
	Channels   Channels
	Deliveries Deliveries
	Now        func() time.Time
	Log        *slog.Logger
}

// page is how many posts of a shelf a digest counts.
const page = 500

// Sweep makes the digests whose time has come, and gives their deliveries.
func (d *Digester) Sweep(ctx context.Context) ([]Address, error) {
	channels, err := d.Channels.Channels(ctx)
	errs := []error{err}
	var made []Address
	for _, c := range channels {
		if c.State == On && c.Digest.Zone != "" && !c.Digest.Next.After(d.Now()) {
			address, err := d.tell(ctx, c)
			if errs = append(errs, err); err == nil {
				made = append(made, address)
			}
		}
	}
	return made, errors.Join(errs...)
}

// tell makes a channel's digest, and sets when the next is. Made twice it is the same delivery.
func (d *Digester) tell(ctx context.Context, c Channel) (Address, error) {
	day, err := d.day(ctx, c.Digest.Next, c.Accounts)
	if err != nil {
		return Address{}, err
	}
	made := newDelivery(d.Now(), c.ID, day.notice(c).at(c.Site))
	made.Writer = account.NewWriter()
	if _, err := d.Deliveries.SaveDelivery(ctx, made); unlessConflict(err) != nil {
		return Address{}, err
	}
	c.Digest.Next, c.Writer = c.Digest.after(d.Now(), c.Digest.location()), account.NewWriter()
	_, err = d.Channels.SaveChannel(ctx, c)
	d.Log.InfoContext(ctx, "digest", "channel_id", c.ID, "next", c.Digest.Next)
	return Address{made.ChannelID, made.ID, made.Due}, unlessConflict(err)
}

// day counts the posts of a day.
type day struct {
	until                                      time.Time
	published, failed, missed, waiting, coming int
}

// day counts what was to go out on the day before a time, and on the day after it.
func (d *Digester) day(ctx context.Context, until time.Time, accounts []string) (day, error) {
	of := day{until: until}
	for _, shelf := range []post.Shelf{post.Timeline, post.Failed.Shelf(), post.Missed.Shelf()} {
		span := post.Span{
			From: post.SortKeyAt(until.Add(-24 * time.Hour)), To: post.SortKeyAt(until.Add(24 * time.Hour)),
			Ascending: true, Accounts: accounts, Limit: page,
		}
		entries, _, err := d.Shelves.Shelf(ctx, shelf, span)
		if err != nil {
			return of, err
		}
		ids := make([]string, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
		}
		posts, err := d.Shelves.Read(ctx, ids)
		if err != nil {
			return of, err
		}
		for _, p := range posts {
			if len(accounts) == 0 || slices.Contains(accounts, p.AccountID) {
				of.count(p)
			}
		}
	}
	return of, nil
}

// count counts a post.
func (d *day) count(p post.Post) {
	switch past := p.Moment().Before(d.until); {
	case !past && p.Status == post.Scheduled:
		d.coming++
	case !past:
	case p.Status == post.Published:
		d.published++
	case p.Status == post.Failed:
		d.failed++
	case p.Status == post.Missed:
		d.missed++
	case p.Status == post.Publishing || p.Status == post.Scheduled:
		d.waiting++
	}
}

// notice says what the day came to.
func (d day) notice(c Channel) Notice {
	n := Notice{
		ID: fmt.Sprintf("digest_%s_%s", c.ID, d.until.UTC().Format("20060102T15")), Kind: event.Digest, At: d.until,
	}
	n.Data.URL = "#/queue"
	n.Data.Title = fmt.Sprintf("The day to %s: %s published", d.until.In(c.Digest.location()).Format("2 January, 15:04"),
		threads(d.published))
	n.Data.Summary = fmt.Sprintf("%s published, %d stopped, %d missed, %d still waiting. On the next day %d are to go out.",
		threads(d.published), d.failed, d.missed, d.waiting, d.coming)
	if d.failed+d.missed > 0 {
		n.Data.Todo = "See in the queue what needs you."
	}
	return n
}

// threads counts threads in a sentence.
func threads(n int) string {
	if n == 1 {
		return "1 thread"
	}
	return fmt.Sprintf("%d threads", n)
}
