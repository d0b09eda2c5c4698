package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/walltime"
	"spool/shared/wire"
)

type calendarCommand struct {
	Month string `placeholder:"2026-12" help:"The month; without it: this one."`
	TZ    string `name:"tz" placeholder:"ZONE" help:"The time zone of the days; without it: this machine's."`
}

func (calendarCommand) Help() string {
	return `A post that was scheduled in another zone has its own time beside it.

Examples:

  spool calendar
  spool calendar --month 2026-12 --tz Europe/Berlin`
}

// Run shows a month.
func (c *calendarCommand) Run(s *session) error {
	zone := s.Zone
	if c.TZ != "" {
		var err error
		if zone, err = walltime.Zone(c.TZ); err != nil {
			return err
		}
	}
	now := s.Now().In(zone)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
	if c.Month != "" {
		var err error
		if month, err = time.ParseInLocation("2006-01", c.Month, zone); err != nil {
			return wrongUsage("Give one such as 2026-12.", "%q is no month.", c.Month)
		}
	}
	api, err := s.client()
	if err != nil {
		return err
	}
	posts, err := s.collect(api, client.PostQuery{
		Status: []post.Status{post.Scheduled, post.Publishing, post.Published, post.Failed, post.Missed}, From: month,
		To: month.AddDate(0, 1, 0), Limit: pageOf(0),
	}, 0)
	if err != nil {
		return err
	}
	posts = slices.DeleteFunc(posts, func(p wire.Post) bool { return p.ScheduledAt == nil })
	slices.SortFunc(posts, func(a, b wire.Post) int { return a.ScheduledAt.Compare(*b.ScheduledAt) })
	var price wire.Price
	if !s.json {
		if price, err = api.PriceMonth(s.ctx, month.Format("2006-01")); err != nil {
			return err
		}
	}
	return s.print(wire.PostList{Posts: posts}, func(paint painter) string {
		return grid(paint, month, now, posts) + s.agenda(paint, posts, zone) + monthPrice(paint, price, s.textWidth())
	})
}

// grid shows the days of a month, weeks from Monday, with those marked on which
// something goes out.
func grid(paint painter, month, today time.Time, posts []wire.Post) string {
	busy := map[int]bool{}
	for _, p := range posts {
		busy[p.ScheduledAt.In(month.Location()).Day()] = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", paint.as(styleBold, month.Format("January 2006")+", times in "+zoneName(month)))
	b.WriteString(" Mo  Tu  We  Th  Fr  Sa  Su\n")
	column := (int(month.Weekday()) + 6) % 7 // Monday is 0
	line := strings.Repeat("    ", column)
	for day := month; day.Month() == month.Month(); day = day.AddDate(0, 0, 1) {
		text := fmt.Sprintf(" %2d ", day.Day())
		switch {
		case busy[day.Day()]:
			text = paint.as(styleBold, fmt.Sprintf(" %2d*", day.Day()))
		case day.Year() == today.Year() && day.YearDay() == today.YearDay():
			text = paint.as(styleLink, text)
		}
		line += text
		if column++; column%7 == 0 || day.AddDate(0, 0, 1).Month() != month.Month() {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = ""
		}
	}
	return b.String()
}

// zoneName names a month's zone; that of the machine may have no name.
func zoneName(month time.Time) string {
	if name := month.Location().String(); name != "Local" {
		return name
	}
	return month.Format("MST")
}

// agenda lists what goes out, day by day.
func (s *session) agenda(paint painter, posts []wire.Post, zone *time.Location) string {
	if len(posts) == 0 {
		return "\nNothing goes out in this month.\n"
	}
	var b strings.Builder
	day := ""
	for _, p := range posts {
		at := p.ScheduledAt.In(zone)
		if d := at.Format("Monday, 2 January"); d != day {
			day = d
			fmt.Fprintf(&b, "\n%s\n", paint.as(styleBold, day))
		}
		id := p.ID
		if s.Terminal.Out {
			id = short(id)
		}
		own, below := "", ""
		switch zone := ownZone(p, zone); {
		case sameClocks(at, zone, at.Location()):
		case s.slim():
			below = "\n         " + at.In(zone).Format("Mon 15:04 MST")
		default:
			own = " (" + at.In(zone).Format("Mon 15:04 MST") + ")"
		}
		line := fmt.Sprintf("  %s%s  %s  %s", at.Format("15:04"), own, id, pad(string(p.Status), len(post.Publishing)))
		title := printable(p.Title)
		if s.Terminal.Out {
			title = cut(title, max(8, s.width()-columns(line)-2))
		}
		line = strings.Replace(line, string(p.Status), status(paint, wire.Post{Status: p.Status}), 1)
		fmt.Fprintf(&b, "%s  %s%s\n", line, title, below)
	}
	return b.String()
}
