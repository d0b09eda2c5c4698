package httpapi

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"spool/shared/access"
	"spool/shared/post"
)

const (
	mostRead     = 500 // records that one request reads
	mostSearched = 300 // records whose texts one request reads
	readAtOnce   = 25  // records that are read at first at least
	mostDue      = 500 // posts that are due soon, and all read for a page of what is not out yet
	// longestWait is how long a post under way may wait: X's limits end within 25
	// hours, and all other pauses before.
	longestWait = 26 * time.Hour
)

// finder finds a page of posts.
type finder struct {
	*API
	in    *listInput
	walk  *walk
	began time.Time            // when the first page was asked for
	later bool                 // this is not the first page
	known map[string]post.Post // what was read already
	words []string             // what the texts must have
	read  int                  // records so far

	found   []post.Post
	shown   map[string]bool
	place   string // of the last post that was looked at
	more    bool   // there may be more behind place
	partial bool   // it ended before it had looked at all there is, or found enough
}

// finder takes up a list where its cursor says.
func (a *API) finder(in *listInput) *finder {
	f := &finder{
		API: a, in: in, began: a.Now(), known: map[string]post.Post{}, shown: map[string]bool{}, words: words(in.Search),
	}
	place, began, _ := strings.Cut(in.Cursor, ".")
	if ms, err := strconv.ParseInt(began, 10, 64); err == nil {
		f.began = time.UnixMilli(ms)
	}
	f.later = place != ""
	f.place, f.walk = place, &walk{place: place, ascending: in.Order == "earliest"}
	return f
}

// cursor is where the next page begins.
func (f *finder) cursor() string {
	if !f.in.filtered() {
		return f.place // the time at which a post was made never changes
	}
	return f.place + "." + strconv.FormatInt(f.began.UnixMilli(), 10)
}

// page finds what belongs on the page. While the posts of older versions are still
// being put where they are found, it is empty, and goes on where it began.
func (f *finder) page(ctx context.Context) error {
	if f.in.filtered() {
		ready, err := f.Posts.Ready(ctx, f.Now())
		if err != nil {
			return err
		}
		if !ready {
			f.place, f.more, f.partial = cmp.Or(f.place, f.start()), true, true
			return nil
		}
	}
	if err := f.plan(ctx); err != nil {
		return err
	}
	return f.find(ctx)
}

// start is a place before all that the list may have.
func (f *finder) start() string {
	switch {
	case f.walk.ascending:
		return post.SortKeyAt(f.in.From) + "-0"
	case f.in.To.IsZero():
		return strings.Repeat("9", len(post.SortKeyAt(f.in.To))) + "-0"
	}
	return post.SortKeyAt(f.in.To) + "-0"
}

// plan chooses where the posts are looked for: where few but those that are wanted
// are.
func (f *finder) plan(ctx context.Context) error {
	if !f.in.filtered() {
		return f.planMade(ctx)
	}
	span := post.Span{Limit: f.in.Limit + 1}
	if f.in.AccountID != "" {
		span.Accounts = []string{f.in.AccountID}
	}
	if !f.in.From.IsZero() {
		span.From = post.SortKeyAt(f.in.From)
	}
	if !f.in.To.IsZero() {
		span.To = post.SortKeyAt(f.in.To)
	}
	for _, shelf := range f.shelves() {
		f.walk.add(span, f.on(shelf))
	}
	switch {
	case f.in.wants(post.Published):
		if !f.in.wants(post.Scheduled) && !f.in.wants(post.Publishing) { // nothing is out before its time
			span.To = min(cmp.Or(span.To, "~"), post.SortKeyAt(f.began.Add(time.Hour)))
		}
		f.walk.add(span, f.on(post.Timeline))
	case f.in.wants(post.Scheduled), f.in.wants(post.Publishing):
		return f.planOpen(ctx, span)
	}
	return nil
}

// planMade looks through the accounts' own lists.
func (f *finder) planMade(ctx context.Context) error {
	accounts, err := f.listed(ctx, f.in.AccountID)
	for _, id := range accounts {
		f.walk.add(post.Span{Limit: min(f.in.Limit+1, 10+mostPage/10/len(accounts))}, func(ctx context.Context,
			span post.Span) ([]post.Entry, string, error) {
			return f.Posts.Made(ctx, id, span)
		})
	}
	return err
}

// planOpen looks for posts that are not out yet among all that are or were to go out:
// from now on nearly all are, and of the earlier ones the due index knows which, for
// what is under way has something due before long.
func (f *finder) planOpen(ctx context.Context, span post.Span) error {
	ids, err := f.Posts.DueBy(ctx, f.Now().Add(longestWait), mostDue)
	if err != nil {
		return err
	}
	if len(ids) >= mostDue { // a long pause: most posts since it began wait
		f.walk.add(span, f.on(post.Timeline))
		return nil
	}
	if f.known, err = f.Posts.Read(ctx, ids); err != nil {
		return err
	}
	var entries []post.Entry
	for id, p := range f.known {
		if f.in.matches(p) {
			entries = append(entries, post.Entry{ID: id, AccountID: p.AccountID, SortKey: p.MomentSortKey()})
		}
	}
	f.walk.fixed(entries, span)
	if f.in.wants(post.Scheduled) {
		span.From = max(span.From, post.SortKeyAt(f.began))
		f.walk.add(span, f.on(post.Timeline))
	}
	return nil
}

// shelves are those of one status each that are wanted. What has no time is not
// looked for by time.
func (f *finder) shelves() (all []post.Shelf) {
	timed := !f.in.From.IsZero() || !f.in.To.IsZero()
	for _, s := range post.Shelves() {
		if s != post.Timeline && f.in.wants(post.Status(s)) && !(timed && s == post.Shelf(post.Draft)) {
			all = append(all, s)
		}
	}
	return all
}

// on is a shelf as a source.
func (f *finder) on(shelf post.Shelf) func(context.Context, post.Span) ([]post.Entry, string, error) {
	return func(ctx context.Context, span post.Span) ([]post.Entry, string, error) {
		return f.Posts.Shelf(ctx, shelf, span)
	}
}

// listed are the accounts whose posts are wanted: one, those that the caller's key is
// for, or all.
func (f *finder) listed(ctx context.Context, id string) ([]string, error) {
	if id != "" {
		return []string{id}, nil
	}
	if reached := access.From(ctx).Accounts; len(reached) > 0 {
		return reached, nil
	}
	state, err := f.Setup.State(ctx)
	ids := make([]string, len(state.Accounts))
	for i, acc := range state.Accounts {
		ids[i] = acc.ID
	}
	return ids, err
}

// find looks at entry after entry until there are as many posts as the limit.
func (f *finder) find(ctx context.Context) error {
	most := mostRead
	if len(f.words) > 0 {
		most = mostSearched
	}
	for {
		batch, err := f.batch(ctx)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			f.more, f.partial = f.walk.spent, f.walk.spent
			if f.walk.spent {
				f.place = f.walk.place
			}
			return nil
		}
		if err := f.look(ctx, batch); err != nil || f.more {
			return err
		}
		switch {
		case len(f.found) == f.in.Limit:
			_, ok, err := f.walk.next(ctx)
			f.more = ok || f.walk.spent
			return err
		case f.read >= most:
			f.more, f.partial = true, true
			return nil
		}
	}
}

// batch gives the entries that are to be looked at next: more each time, up to as
// many as one request to the store takes.
func (f *finder) batch(ctx context.Context) (batch []post.Entry, err error) {
	for n := min(100, max(readAtOnce, f.in.Limit-len(f.found))+f.read); len(batch) < n; {
		e, ok, err := f.walk.next(ctx)
		if err != nil || !ok {
			return batch, err
		}
		batch = append(batch, e)
	}
	return batch, nil
}

// look adds those of a batch that are wanted to what was found. Where they are more
// than the limit, the place stays before the first that is too many.
func (f *finder) look(ctx context.Context, batch []post.Entry) error {
	texts, err := f.load(ctx, batch)
	if err != nil {
		return err
	}
	for _, e := range batch {
		p, there := f.known[e.ID]
		if there && f.in.matches(p) && f.current(p, e) && contains(texts[e.ID], f.words) {
			if len(f.found) == f.in.Limit {
				f.more = true
				return nil
			}
			f.found, f.shown[p.ID] = append(f.found, p), true
		}
		f.place = e.SortKey
	}
	return nil
}

// load reads the records of a batch, and their texts where words are looked for.
func (f *finder) load(ctx context.Context, batch []post.Entry) (texts map[string]post.Content, err error) {
	var ids []string
	for _, e := range batch {
		if _, known := f.known[e.ID]; !known {
			ids = append(ids, e.ID)
		}
	}
	posts, err := f.Posts.Read(ctx, ids)
	if err != nil {
		return nil, err
	}
	f.read += len(batch)
	for id, p := range posts {
		f.known[id] = p
	}
	if len(f.words) == 0 {
		return nil, nil
	}
	var wanted []post.Post
	for _, e := range batch {
		if p, there := f.known[e.ID]; there && f.in.matches(p) {
			wanted = append(wanted, p)
		}
	}
	contents, err := f.Posts.Contents(ctx, wanted)
	texts = make(map[string]post.Content, len(contents))
	for i, c := range contents {
		texts[wanted[i].ID] = c
	}
	return texts, err
}

// current reports whether an entry is to be shown as the post that it is of. A post
// that moved since the first page may have been shown at an earlier place, and by more
// moves than one its record does not tell which. Where the index lags, a post is shown
// at its old place only when its new one is passed: else it is to come.
func (f *finder) current(p post.Post, e post.Entry) bool {
	switch place := p.MomentSortKey(); {
	case f.shown[p.ID]:
		return false
	case !f.in.filtered():
		return true
	case f.later && p.TimedAt.After(f.began):
		return false
	default:
		return place == e.SortKey || f.walk.before(place, e.SortKey)
	}
}
