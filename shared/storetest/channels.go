package storetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/post"
)

var (
	_ notify.Channels   = (*Memory)(nil)
	_ notify.Deliveries = (*Memory)(nil)
)

// Channels implements [notify.Channels].
func (m *Memory) Channels(context.Context) ([]notify.Channel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []notify.Channel
	for _, c := range m.channels {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b notify.Channel) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Channel implements [notify.Channels].
func (m *Memory) Channel(_ context.Context, id string) (notify.Channel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.channels[id]
	if !ok {
		return c, fault.New(fault.NotFound, "There is no channel %q.", id)
	}
	return c, nil
}

// SaveChannel implements [notify.Channels].
func (m *Memory) SaveChannel(_ context.Context, c notify.Channel) (notify.Channel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return swap(m.channels, c.ID, c, func(c *notify.Channel) (*int64, *string) { return &c.Rev, &c.Writer })
}

// DropChannel implements [notify.Channels].
func (m *Memory) DropChannel(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.channels[id]; !ok {
		return fault.New(fault.NotFound, "There is no channel %q.", id)
	}
	delete(m.channels, id)
	return nil
}

// Delivery implements [notify.Deliveries].
func (m *Memory) Delivery(_ context.Context, channelID, id string) (notify.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.deliveries[[2]string{channelID, id}]
	if !ok {
		return d, fault.New(fault.NotFound, "There is no delivery %q.", id)
	}
	return d, nil
}

// SaveDelivery implements [notify.Deliveries].
func (m *Memory) SaveDelivery(_ context.Context, d notify.Delivery) (notify.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]notify.Delivery{}
	at := [2]string{d.ChannelID, d.ID}
	if stored, ok := m.deliveries[at]; ok {
		all[d.ID] = stored
	}
	d, err := swap(all, d.ID, d, func(d *notify.Delivery) (*int64, *string) { return &d.Rev, &d.Writer })
	if err == nil {
		m.deliveries[at] = d
	}
	return d, err
}

// Log implements [notify.Deliveries].
func (m *Memory) Log(_ context.Context, channelID, before string, limit int) ([]notify.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []notify.Delivery
	for at, d := range m.deliveries {
		if at[0] == channelID && (before == "" || d.ID < before) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b notify.Delivery) int { return strings.Compare(b.ID, a.ID) })
	return all[:min(limit, len(all))], nil
}

// DueDeliveries implements [notify.Deliveries].
func (m *Memory) DueDeliveries(_ context.Context, until time.Time, limit int) ([]notify.Address, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []notify.Address
	for _, d := range m.deliveries {
		if !d.Due.IsZero() && !d.Due.After(until) {
			all = append(all, notify.Address{ChannelID: d.ChannelID, ID: d.ID, Due: d.Due})
		}
	}
	slices.SortFunc(all, func(a, b notify.Address) int {
		return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.ID, b.ID))
	})
	return all[:min(limit, len(all))], nil
}

// DropDeliveries implements [notify.Deliveries].
func (m *Memory) DropDeliveries(_ context.Context, channelID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.deliveries, func(at [2]string, _ notify.Delivery) bool { return at[0] == channelID })
	return nil
}

// FullChannel is a channel with every field set.
func FullChannel() notify.Channel {
	why := reason()
	return notify.Channel{
		ID: "channel", Name: "ünïcode <1>", Kind: notify.Webhook, Shown: "https://example.com/…", Sealed: []byte{0, 255},
		Kinds: []event.Kind{event.PostFailed, event.AppPaused}, Accounts: []string{"7", "8"},
		Digest: notify.Digest{Zone: "Europe/Berlin", Hour: 7, Next: at(60)}, Site: "https://spool.example.com",
		State: notify.Disabled, Reason: &why, FailingSince: at(5), Turn: at(7), Events: fullEvents(),
		CreatedAt: at(0), UpdatedAt: at(9), Rev: 6, Writer: "writer",
	}
}

// FullDelivery is a delivery with every field set.
func FullDelivery() notify.Delivery {
	return notify.Delivery{
		ChannelID: "channel", ID: "01764579600123-post_7_3", NoticeID: "post_7_3", Kind: event.PostFailed,
		Body: `{"type":"post.failed","data":{"title":"<ünïcode>"}}`, State: notify.Pending, Due: at(30), Tries: 2, Since: at(1),
		Attempts: []notify.Attempt{
			{At: at(2), Code: 500, Took: 1500 * time.Millisecond, Error: "it answered 500"}, {At: at(3), Error: "no route"},
		},
		CreatedAt: at(1), Expires: at(3600), Rev: 4, Writer: "writer",
	}
}

// ChannelStore is what the suite of channels tests.
type ChannelStore interface{ notify.Channels }

// Channels holds a store of channels to its contract. The store has none before.
func Channels(t *testing.T, s ChannelStore) {
	ctx := context.Background()
	second, first := FullChannel(), FullChannel()
	second.ID, second.CreatedAt, second.Rev = post.NewID(), at(10), 0
	first.ID, first.Rev = post.NewID(), 0
	for _, c := range []*notify.Channel{&second, &first} {
		stored, err := s.SaveChannel(ctx, *c)
		if err != nil {
			t.Fatal(err)
		}
		*c = stored
	}
	all, err := s.Channels(ctx)
	if diff := gocmp.Diff([]notify.Channel{first, second}, all); err != nil || diff != "" {
		t.Errorf("%v; the list differs (-want +got):\n%s", err, diff)
	}
	got, err := s.Channel(ctx, second.ID)
	if diff := gocmp.Diff(second, got); err != nil || diff != "" {
		t.Errorf("%v; it came back as another (-want +got):\n%s", err, diff)
	}
	other := first
	other.Writer, other.Rev = "other", 0
	if _, err := s.SaveChannel(ctx, other); !fault.Is(err, fault.Conflict) {
		t.Errorf("a new channel in the place of another: %v", err)
	}
	if err := s.DropChannel(ctx, first.ID); err != nil {
		t.Error(err)
	}
	if err := s.DropChannel(ctx, first.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := s.Channel(ctx, first.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a deleted one is read: %v", err)
	}
	first.Writer = "late"
	if _, err := s.SaveChannel(ctx, first); !fault.Is(err, fault.Conflict) {
		t.Errorf("a deleted one is written: %v", err)
	}
	if all, err := s.Channels(ctx); err != nil || len(all) != 1 || all[0].ID != second.ID {
		t.Errorf("the list has %v, %v", all, err)
	}
}

// Deliveries holds a store of deliveries to its contract. Nothing is due in it before.
func Deliveries(t *testing.T, s notify.Deliveries) {
	ctx := context.Background()
	channel := post.NewID()
	store := func(id string, due time.Time) notify.Delivery {
		t.Helper()
		d := FullDelivery()
		d.ChannelID, d.ID, d.Due, d.Rev, d.Writer = channel, id, due, 0, post.NewWriter()
		d, err := s.SaveDelivery(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	b, a, c := store("02-b", at(2)), store("01-a", at(3)), store("03-c", time.Time{})
	got, err := s.Delivery(ctx, channel, b.ID)
	if diff := gocmp.Diff(b, got); err != nil || diff != "" {
		t.Errorf("%v; it came back as another (-want +got):\n%s", err, diff)
	}
	again := b
	again.Rev, again.Writer = 0, "other"
	if _, err := s.SaveDelivery(ctx, again); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same delivery made twice: %v", err)
	}
	if _, err := s.Delivery(ctx, channel, "04"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown one: %v", err)
	}
	for before, want := range map[string][]notify.Delivery{"": {c, b}, c.ID: {b, a}, b.ID: {a}, a.ID: nil} {
		got, err := s.Log(ctx, channel, before, 2)
		if diff := gocmp.Diff(want, got, gocmp.FilterValues(func(a, b []notify.Delivery) bool {
			return len(a)+len(b) == 0
		}, gocmp.Ignore())); err != nil || diff != "" {
			t.Errorf("%v; before %q there are others (-want +got):\n%s", err, before, diff)
		}
	}
	due := func(until time.Time, limit int) (ids []string) {
		t.Helper()
		all, err := s.DueDeliveries(ctx, until, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			if d.ChannelID == channel {
				ids = append(ids, d.ID+"@"+d.Due.Format("05"))
			}
		}
		return ids
	}
	sec := func(n int) string { return at(n).Format("05") }
	if got := due(at(2), 10); !slices.Equal(got, []string{"02-b@" + sec(2)}) {
		t.Errorf("at 2 s %v is due", got)
	}
	if got := due(at(100), 10); !slices.Equal(got, []string{"02-b@" + sec(2), "01-a@" + sec(3)}) {
		t.Errorf("at 100 s %v is due", got)
	}
	if got := due(at(100), 1); len(got) != 1 {
		t.Errorf("of one %v is due", got)
	}
	b.Due, b.Writer = time.Time{}, post.NewWriter()
	if _, err := s.SaveDelivery(ctx, b); err != nil {
		t.Fatal(err)
	}
	if got := due(at(100), 10); !slices.Equal(got, []string{"01-a@" + sec(3)}) {
		t.Errorf("after one was sent %v is due", got)
	}
	other := FullDelivery()
	other.ChannelID, other.Due, other.Rev = post.NewID(), time.Time{}, 0
	if _, err := s.SaveDelivery(ctx, other); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.DropDeliveries(ctx, channel); err != nil {
			t.Error(err)
		}
	}
	if left, err := s.Log(ctx, channel, "", 10); err != nil || len(left) > 0 || len(due(at(100), 10)) > 0 {
		t.Errorf("after all were deleted there are %v, %v", left, err)
	}
	if left, err := s.Log(ctx, other.ChannelID, "", 10); err != nil || len(left) != 1 {
		t.Errorf("of another channel there are %v, %v", left, err)
	}
}
