package idempotency_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/fault"
	"spool/shared/idempotency"
	"spool/shared/storetest"
)

// desk is a store with all that it needs, whose clock can be set.
type desk struct {
	*idempotency.Store
	store  *storetest.Memory
	sealer *storetest.Sealer
	now    time.Time
	works  int // how often the work was done
}

func newDesk(t *testing.T) *desk {
	d := &desk{sealer: storetest.NewSealer(), now: storetest.Start()}
	clock := func() time.Time { return d.now }
	d.store = storetest.NewMemory(clock)
	d.Store = &idempotency.Store{Records: d.store, Seal: d.sealer, Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	return d
}

// request is one of a caller's, with a key and a digest.
func request(caller, operation, key, digest string) idempotency.Request {
	return idempotency.Request{Caller: caller, Operation: operation, Key: key, Digest: digest, Life: time.Hour}
}

// work answers how often it was done.
func (d *desk) work(context.Context) ([]byte, error) {
	d.works++
	return []byte("answer " + strconv.Itoa(d.works)), nil
}

func TestARepetitionGetsTheFirstAnswer(t *testing.T) {
	d := newDesk(t)
	first := request("ada", "make", "k", "d")
	for _, tc := range []struct {
		name string
		q    idempotency.Request
		pass time.Duration // before the request
		want string
		code fault.Code
	}{
		{"the first time the work is done", first, 0, "answer 1", ""},
		{"repeated, it is not", first, 0, "answer 1", ""},
		{"another request with the key is refused", request("ada", "make", "k", "e"), 0, "", fault.Invalid},
		{"another key is another request", request("ada", "make", "l", "d"), 0, "answer 2", ""},
		{"another caller's key is another", request("eve", "make", "k", "d"), 0, "answer 3", ""},
		{"another operation's key is another", request("ada", "mend", "k", "d"), 0, "answer 4", ""},
		{"a moment before it is forgotten", first, time.Hour - time.Nanosecond, "answer 1", ""},
		{"once it is forgotten", request("ada", "make", "k", "e"), time.Nanosecond, "answer 5", ""},
		{"the new one counts", first, 0, "", fault.Invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d.now = d.now.Add(tc.pass)
			got, err := d.Do(t.Context(), tc.q, d.work)
			if string(got) != tc.want || fault.CodeOf(err) != tc.code {
				t.Errorf("got %q, %v; want %q and %q", got, err, tc.want, tc.code)
			}
		})
	}
}

func TestOfTwoAtOnceOneWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, working, finish := newDesk(t), make(chan struct{}), make(chan struct{})
		q := request("ada", "make", "k", "d")
		done := make(chan string)
		go func() {
			got, err := d.Do(t.Context(), q, func(ctx context.Context) ([]byte, error) {
				close(working)
				<-finish
				return d.work(ctx)
			})
			if err != nil {
				t.Error(err)
			}
			done <- string(got)
		}()
		<-working
		_, err := d.Do(t.Context(), q, d.work)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.Conflict || f.Wait != time.Second || f.Fix == "" {
			t.Errorf("the second got %v, want a conflict that says to wait a second", err)
		}
		close(finish)
		if got := <-done; got != "answer 1" {
			t.Errorf("the first got %q", got)
		}
		if got, err := d.Do(t.Context(), q, d.work); string(got) != "answer 1" || err != nil {
			t.Errorf("afterwards the second got %q, %v", got, err)
		}
	})
}

func TestWhoDiesIsFollowedAfterAMinute(t *testing.T) {
	d := newDesk(t)
	q := request("ada", "make", "k", "d")
	func() {
		defer func() { _ = recover() }()
		_, _ = d.Do(t.Context(), q, func(context.Context) ([]byte, error) { panic("the process dies") })
	}()
	for _, tc := range []struct {
		name   string
		pass   time.Duration
		digest string
		want   string
		code   fault.Code
	}{
		{"within the minute it may live", time.Minute - time.Nanosecond, "d", "", fault.Conflict},
		{"another request never follows it: the work may have been done", time.Nanosecond, "e", "", fault.Invalid},
		{"its own repetition does the work", 0, "d", "answer 1", ""},
		{"and is the first from then on", 0, "d", "answer 1", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d.now = d.now.Add(tc.pass)
			q.Digest = tc.digest
			got, err := d.Do(t.Context(), q, d.work)
			if string(got) != tc.want || fault.CodeOf(err) != tc.code {
				t.Errorf("got %q, %v; want %q and %q", got, err, tc.want, tc.code)
			}
		})
	}
}

func TestWhatFailsLeavesTheKeyFree(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	refused := fault.New(fault.Invalid, "no")
	if _, err := d.Do(ctx, request("ada", "make", "k", "wrong"), func(context.Context) ([]byte, error) {
		cancel() // the caller leaves, too
		return nil, refused
	}); !errors.Is(err, refused) {
		t.Errorf("got %v, want the work's own error", err)
	}
	if got, err := d.Do(t.Context(), request("ada", "make", "k", "right"), d.work); string(got) != "answer 1" || err != nil {
		t.Errorf("the corrected request got %q, %v", got, err)
	}
}

func TestAnswersAreKeptSealed(t *testing.T) {
	d := newDesk(t)
	long := bytes.Repeat([]byte("canary "), 10_000) // far more than KMS takes
	q := request("ada", "make", "k", "d")
	work := func(context.Context) ([]byte, error) { return long, nil }
	for range 2 {
		if got, err := d.Do(t.Context(), q, work); err != nil || !bytes.Equal(got, long) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
	}
	r := d.only(t, q)
	if bytes.Contains(r.Answer, long[:7]) || bytes.Contains(r.Sealed, long[:7]) || strings.Contains(r.ID+r.Digest, "canary") {
		t.Error("the record holds the answer in clear")
	}
	t.Run("and for their own record only", func(t *testing.T) {
		other := request("eve", "make", "k", "d")
		if _, err := d.Do(t.Context(), other, d.work); err != nil {
			t.Fatal(err)
		}
		stolen := d.only(t, other)
		stolen.Sealed, stolen.Answer, stolen.Writer = r.Sealed, r.Answer, "thief"
		if _, err := d.store.SaveIdempotencyRecord(t.Context(), stolen); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Do(t.Context(), other, d.work); err == nil {
			t.Errorf("a record that was moved opens as %d bytes", len(got))
		}
	})
}

// only is the record of a request.
func (d *desk) only(t *testing.T, q idempotency.Request) idempotency.Record {
	t.Helper()
	spy := &spy{Records: d.store}
	s := *d.Store
	s.Records = spy
	if _, err := s.Do(t.Context(), q, d.work); err != nil {
		t.Fatal(err)
	}
	return spy.seen
}

// spy remembers the record that was read.
type spy struct {
	idempotency.Records
	seen idempotency.Record
}

func (s *spy) IdempotencyRecord(ctx context.Context, id string) (r idempotency.Record, err error) {
	s.seen, err = s.Records.IdempotencyRecord(ctx, id)
	return s.seen, err
}

// broken is a store or sealer that fails when it says so.
type broken struct {
	idempotency.Records
	idempotency.Sealer
	saves int // that succeed
	seal  error
}

func (b *broken) SaveIdempotencyRecord(ctx context.Context, r idempotency.Record) (idempotency.Record, error) {
	if b.saves--; b.saves < 0 {
		return r, errors.New("the table is away")
	}
	return b.Records.SaveIdempotencyRecord(ctx, r)
}

func (b *broken) Seal(ctx context.Context, plain []byte, binding map[string]string) ([]byte, error) {
	if b.seal != nil {
		return nil, b.seal
	}
	return b.Sealer.Seal(ctx, plain, binding)
}

func TestTroubleOfTheStore(t *testing.T) {
	for _, tc := range []struct {
		name  string
		saves int
		seal  error
		works int
		want  string
	}{
		{"before the work: it is not done", 0, nil, 0, ""},
		{"after the work: its answer is given", 1, nil, 1, "answer 1"},
		{"no sealing: the answer is given, and not kept in clear", 9, errors.New("KMS is away"), 1, "answer 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t)
			b := &broken{Records: d.store, Sealer: d.sealer, saves: tc.saves, seal: tc.seal}
			d.Store.Records, d.Seal = b, b
			got, err := d.Do(t.Context(), request("ada", "make", "k", "d"), d.work)
			if string(got) != tc.want || (err != nil) != (tc.want == "") || d.works != tc.works {
				t.Errorf("got %q, %v after %d works; want %q after %d", got, err, d.works, tc.want, tc.works)
			}
		})
	}
}
