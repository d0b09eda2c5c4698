package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"spool/shared/queue"
)

var due = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		body string
		id   string // empty: refused
	}{
		"a wake":              {`{"post_id":"ONE","due_at":"2026-08-20T09:00:00Z"}`, "ONE"},
		"another zone":        {`{"post_id":"ONE","due_at":"2026-08-20T11:00:00+02:00"}`, "ONE"},
		"a field from later":  {`{"post_id":"ONE","due_at":"2026-08-20T09:00:00Z","x":1}`, "ONE"},
		"nothing":             {``, ""},
		"no JSON":             {`ONE`, ""},
		"no object":           {`"ONE"`, ""},
		"null":                {`null`, ""},
		"no id":               {`{"due_at":"2026-08-20T09:00:00Z"}`, ""},
		"an id that is long":  {`{"post_id":"` + strings.Repeat("x", 129) + `","due_at":"2026-08-20T09:00:00Z"}`, ""},
		"no time":             {`{"post_id":"ONE"}`, ""},
		"what is no time":     {`{"post_id":"ONE","due_at":"soon"}`, ""},
		"two wakes at a time": {`{"post_id":"ONE","due_at":"2026-08-20T09:00:00Z"}{}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, err := queue.Decode(tt.body)
			if (err != nil) != (tt.id == "") || w.PostID != tt.id || err == nil && !w.DueAt.Equal(due) {
				t.Errorf("Decode = %+v, %v", w, err)
			}
		})
	}
}

// event is the golden event: one wake, one message that is none, another wake.
func event(t *testing.T) (e events.SQSEvent) {
	t.Helper()
	raw, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

const (
	first  = "059f36b4-87a3-44ab-83d2-661975830a7d"
	poison = "2e1424d4-f796-459a-8184-9c92662be6da"
	third  = "c80e8021-a70a-42c7-a470-796e1186f753"
)

// observed keeps messages aside, and what it is told.
type observed struct {
	full bool

	mu     sync.Mutex
	kept   []string
	failed []string
	stacks []string
	dead   int
}

func (o *observed) Keep(_ context.Context, message string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.full {
		return errors.New("no queue")
	}
	o.kept = append(o.kept, message)
	return nil
}

func (o *observed) MessageFailed(_ context.Context, attrs ...slog.Attr) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range attrs {
		switch a.Key {
		case "message_id":
			o.failed = append(o.failed, a.Value.String())
		case "stack":
			o.stacks = append(o.stacks, a.Value.String())
		}
	}
}

func (o *observed) DeadLetter(context.Context, string, ...slog.Attr) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dead++
}

func TestEach(t *testing.T) {
	tests := map[string]struct {
		fail    string // the post that fails
		late    bool   // the time is up
		handled []string
		again   []string
		kept    int
		full    bool // nothing can be kept aside
	}{
		"what is no wake is kept aside":   {"", false, []string{"ONE", "THREE"}, nil, 1, false},
		"what cannot be kept comes again": {"", false, []string{"ONE", "THREE"}, []string{poison}, 0, true},
		"what fails comes again":          {"ONE", false, []string{"ONE", "THREE"}, []string{first}, 1, false},
		"what has no time comes again":    {"", true, nil, []string{first, poison, third}, 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.late {
				cancel()
			}
			seen := &observed{full: tt.full}
			var mu sync.Mutex
			var handled []string
			res := queue.Consumer{Aside: seen, Observer: seen}.Each(ctx, event(t), func(_ context.Context, w queue.Wake, _ bool) error {
				mu.Lock()
				defer mu.Unlock()
				handled = append(handled, w.PostID)
				if !w.DueAt.Equal(due) {
					t.Errorf("due at %v", w.DueAt)
				}
				if w.PostID == tt.fail {
					return errors.New("no storage")
				}
				return nil
			})
			slices.Sort(handled)
			slices.Sort(seen.failed)
			var again []string
			for _, f := range res.BatchItemFailures {
				again = append(again, f.ItemIdentifier)
			}
			if diff := cmp.Diff(tt.handled, handled); diff != "" {
				t.Errorf("handled (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.again, again); diff != "" {
				t.Errorf("again (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.again, seen.failed); diff != "" {
				t.Errorf("told to have failed (-want +got)\n%s", diff)
			}
			if len(seen.kept) != tt.kept || seen.dead != tt.kept {
				t.Errorf("kept %q and told %d, want %d", seen.kept, seen.dead, tt.kept)
			}
		})
	}
}

// Lambda takes an empty list for success, and fails the batch on what it does not know.
func TestEachAnswersAnEmptyList(t *testing.T) {
	res := queue.Consumer{}.Each(t.Context(), events.SQSEvent{}, nil)
	got, err := json.Marshal(res)
	if err != nil || string(got) != `{"batchItemFailures":[]}` {
		t.Errorf("%s, %v", got, err)
	}
}

// fake is an SQS that refuses what the test says and keeps what it was sent.
type fake struct {
	// refuse tells what becomes of a post's message at its nth sending: empty,
	// "busy", "wrong", "silence" or "request" (the whole request fails).
	refuse   func(post string, nth int) string
	mu       sync.Mutex
	wakes    []queue.Wake // as they came
	requests [][]string   // the posts of each request
	delays   map[string]int32
	groups   map[string]*string
	sent     map[string]int
}

func (f *fake) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var posts []string
	out := new(sqs.SendMessageBatchOutput)
	failed := false
	for i, e := range in.Entries {
		w, err := queue.Decode(*e.MessageBody)
		if err != nil || *in.QueueUrl != "url" {
			return nil, fmt.Errorf("to %s: %w", *in.QueueUrl, err)
		}
		posts = append(posts, w.PostID)
		f.wakes = append(f.wakes, w)
		f.sent[w.PostID]++
		f.delays[w.PostID], f.groups[w.PostID] = e.DelaySeconds, e.MessageGroupId
		switch f.refuse(w.PostID, f.sent[w.PostID]) {
		case "busy":
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("InternalError"), Message: aws.String("busy")})
		case "wrong":
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("InvalidMessageContents"), SenderFault: true})
		case "request":
			failed = true
		case "silence":
			out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: aws.String(strconv.Itoa(i + 100))})
		default:
			out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
		}
	}
	f.requests = append(f.requests, posts)
	if failed {
		return nil, errors.New("connection reset")
	}
	return out, nil
}

// wakes makes wakes for posts 0 to n-1.
func wakes(n int) []queue.Wake {
	all := make([]queue.Wake, n)
	for i := range all {
		all[i] = queue.Wake{PostID: strconv.Itoa(i), DueAt: due}
	}
	return all
}

func TestWakeAll(t *testing.T) {
	never := func(string, int) string { return "" }
	tests := map[string]struct {
		n        int
		refuse   func(post string, nth int) string
		requests []int // messages in each
		failed   []string
	}{
		"nothing":                       {0, never, nil, nil},
		"ten in one request":            {10, never, []int{10}, nil},
		"more in several":               {23, never, []int{10, 10, 3}, nil},
		"busy once: sent again":         {3, func(p string, nth int) string { return map[bool]string{true: "busy"}[p == "1" && nth == 1] }, []int{3, 1}, nil},
		"busy twice: failed":            {3, func(p string, _ int) string { return map[string]string{"0": "busy", "2": "busy"}[p] }, []int{3, 2}, []string{"0", "2"}},
		"wrong: not sent again":         {3, func(p string, _ int) string { return map[string]string{"1": "wrong"}[p] }, []int{3}, []string{"1"}},
		"not mentioned: failed":         {2, func(p string, _ int) string { return map[string]string{"1": "silence"}[p] }, []int{2}, []string{"1"}},
		"a request fails: others go on": {21, func(p string, _ int) string { return map[string]string{"10": "request"}[p] }, []int{10, 10, 1}, []string{"10", "11", "12", "13", "14", "15", "16", "17", "18", "19"}},
		"busy, then the request fails":  {2, func(p string, nth int) string { return map[int]string{1: "busy", 2: "request"}[nth] }, []int{2, 2}, []string{"0", "1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := &fake{refuse: tt.refuse, sent: map[string]int{}, delays: map[string]int32{}, groups: map[string]*string{}}
			p := &queue.Publisher{SQS: f, URL: "url"}
			err := p.WakeAll(t.Context(), wakes(tt.n))
			var requests []int
			for _, r := range f.requests {
				requests = append(requests, len(r))
			}
			slices.SortFunc(requests, func(a, b int) int { return b - a }) // they go out side by side
			if diff := cmp.Diff(tt.requests, requests); diff != "" {
				t.Errorf("requests (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.failed, failed(t, err)); diff != "" {
				t.Errorf("failed, of %v (-want +got)\n%s", err, diff)
			}
			if len(f.sent) != tt.n {
				t.Errorf("%d of %d were tried", len(f.sent), tt.n)
			}
		})
	}
}

// failed are the posts that the error of WakeAll names.
func failed(t *testing.T, err error) (posts []string) {
	t.Helper()
	if err == nil {
		return nil
	}
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
		n, ok := errors.AsType[*queue.NotSent](one)
		if !ok || n.Err == nil {
			t.Errorf("%v says nothing of a wake", one)
			continue
		}
		posts = append(posts, n.Wake.PostID)
	}
	return posts
}

// TestMessagesAreOfTheirAccounts: SQS deals fairly with the accounts by that. A message that says none is one of its own.
func TestMessagesAreOfTheirAccounts(t *testing.T) {
	f := &fake{refuse: func(string, int) string { return "" }, sent: map[string]int{}, delays: map[string]int32{}, groups: map[string]*string{}}
	p := &queue.Publisher{SQS: f, URL: "url"}
	err := p.WakeAll(t.Context(), []queue.Wake{
		{PostID: "ONE", AccountID: "7", DueAt: due}, {PostID: "TWO", DueAt: due}, {PostID: "THREE", AccountID: strings.Repeat("7", 129), DueAt: due},
	})
	want := map[string]*string{"ONE": aws.String("7"), "TWO": nil, "THREE": nil}
	if diff := cmp.Diff(want, f.groups); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// TestAMessageSaysAllOfItsWake that its worker has to know.
func TestAMessageSaysAllOfItsWake(t *testing.T) {
	f := &fake{refuse: func(string, int) string { return "" }, sent: map[string]int{}, delays: map[string]int32{}, groups: map[string]*string{}}
	want := []queue.Wake{{PostID: "ONE", DueAt: due, Hops: 3, Again: 2}, {Paused: "7", DueAt: due}, {Check: true, DueAt: due}}
	if err := (&queue.Publisher{SQS: f, URL: "url"}).WakeAll(t.Context(), want); err != nil || !slices.Equal(f.wakes, want) {
		t.Errorf("%+v came, %v; want %+v", f.wakes, err, want)
	}
}

func TestDelays(t *testing.T) {
	for delay, want := range map[time.Duration]int32{
		0: 0, -time.Hour: 0, 999 * time.Millisecond: 0, time.Second: 1, 59900 * time.Millisecond: 59,
		queue.MaxDelay: 900, queue.MaxDelay + time.Second: 900, 1000 * time.Hour: 900,
	} {
		f := &fake{refuse: func(string, int) string { return "" }, sent: map[string]int{}, delays: map[string]int32{}, groups: map[string]*string{}}
		p := &queue.Publisher{SQS: f, URL: "url"}
		if err := p.WakeAll(t.Context(), []queue.Wake{{PostID: "ONE", DueAt: due, Delay: delay}}); err != nil || f.delays["ONE"] != want {
			t.Errorf("a delay of %v became %d s, want %d; %v", delay, f.delays["ONE"], want, err)
		}
	}
}

// A time that no message can carry fails alone.
func TestATimeBeyondRFC3339(t *testing.T) {
	f := &fake{refuse: func(string, int) string { return "" }, sent: map[string]int{}, delays: map[string]int32{}, groups: map[string]*string{}}
	p := &queue.Publisher{SQS: f, URL: "url"}
	all := wakes(2)
	all[0].DueAt = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff([]string{"0"}, failed(t, p.WakeAll(t.Context(), all))); diff != "" {
		t.Errorf("failed (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0"}, failed(t, p.WakeAll(t.Context(), all[:1]))); diff != "" || len(f.requests) != 1 {
		t.Errorf("failed (-want +got)\n%s, %d requests", diff, len(f.requests))
	}
}
