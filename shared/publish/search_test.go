package publish

import (
	"errors"
	"slices"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// firstInDoubt has the first tweet of the post in doubt.
func (b *bench) firstInDoubt() {
	b.rec.Published, b.rec.Sub = nil, post.Reconciling
}

// TestWhatIsTakenForTheTweet: what replies to the tweet before it, says what it says, and
// is no other tweet of the thread.
func TestWhatIsTakenForTheTweet(t *testing.T) {
	onBench(t, func(b *bench) {
		parent := b.rec.Parent()
		b.content.Tweets[1].Text = "two & two"
		b.paper.pages = []Page{
			{Next: "2", Posts: []TimelinePost{
				{ID: "11", Parent: parent, Text: "two &  two"}, {ID: "12", Parent: "9", Text: "two & two"},
				{ID: "13", Text: "two & two"},
			}},
			{Posts: []TimelinePost{{ID: "14", Parent: parent, Text: "two and two"},
				{ID: parent, Parent: parent, Text: "two & two"}}},
		}
		found, err := b.look()
		if err != nil || !slices.Equal(found, []string{"11"}) || !slices.Equal(b.paper.taken, found) {
			t.Errorf("found were %v, taken %v, with the error %v", found, b.paper.taken, err)
		}
		if want := []Query{{Since: parent}, {Since: parent, Cursor: "2"}}; !slices.Equal(b.paper.queries, want) {
			t.Errorf("asked was for %+v, want %+v", b.paper.queries, want)
		}
	})
}

// TestHowMuchOfATimelineIsRead: X shows the newest 3,200 posts, in pages of a hundred.
func TestHowMuchOfATimelineIsRead(t *testing.T) {
	onBench(t, func(b *bench) {
		b.paper.pages = []Page{{Next: "more"}}
		_, err := b.look()
		if v := fault.Judge(err); len(b.paper.queries) != 33 || v.Action != fault.Final ||
			v.Reason.Code != fault.ReasonTimelineTooLong {
			t.Errorf("after %d pages: %v", len(b.paper.queries), err)
		}
	})
	for left, want := range map[time.Duration]int{25 * time.Second: 33,
		25*time.Second - 1: 0} { // for each page there is time to act on it
		onBench(t, func(b *bench) {
			b.paper.pages = []Page{{Next: "more"}}
			_, err := b.within(left).look()
			if v := fault.Judge(err); len(b.paper.queries) != want || want == 0 && v.Action != fault.Retry ||
				v.Scope != fault.ScopePost {
				t.Errorf("with %v left: after %d pages: %v", left, len(b.paper.queries), err)
			}
		})
	}
}

// TestFromWhenATimelineIsRead: of a first tweet, from a minute before its first attempt.
// Other posts count that moved since a settling time before that, by a clock that may be
// off by as much.
func TestFromWhenATimelineIsRead(t *testing.T) {
	onBench(t, func(b *bench) {
		b.firstInDoubt()
		b.paper.pages = []Page{{Posts: []TimelinePost{{ID: "11", Text: "one"}}}}
		if found, err := b.look(); err != nil || len(found) != 1 {
			t.Errorf("found were %v, with the error %v", found, err)
		}
		if got, want := b.paper.queries[0].Since, b.id(-time.Minute); got != want {
			t.Errorf("read was from %v, want %v", post.PostedAt(got), post.PostedAt(want))
		}
		if got := b.paper.since.Sub(b.begun); got != -4*time.Minute {
			t.Errorf("asked was for posts that moved since %v", got)
		}
	})
}

// TestWhoseAFirstTweetIs: not another post's, by its record or by an owner.
func TestWhoseAFirstTweetIs(t *testing.T) {
	other := post.Post{ID: "other", Published: []post.Receipt{{ID: "11"}}}
	for name, tc := range map[string]struct {
		siblings []post.Post
		owned    map[string]string
		reply    bool
		want     []string
	}{
		"nobody's":                 {nil, nil, false, []string{"11"}},
		"another's, by its record": {[]post.Post{other}, nil, false, nil},
		"another's, by an owner":   {nil, map[string]string{"11": "other"}, false, nil},
		"its own":                  {nil, map[string]string{"11": "me"}, false, []string{"11"}},
		"itself is no other":       {[]post.Post{{ID: "me", Published: other.Published}}, nil, false, []string{"11"}},
		"a reply is nobody else's": {[]post.Post{other}, map[string]string{"11": "other"}, true, []string{"11"}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				text := "two"
				if !tc.reply {
					b.firstInDoubt()
					text = "one"
				}
				b.rec.ID, b.paper.siblings, b.paper.owned = "me", tc.siblings, tc.owned
				b.paper.pages = []Page{{Posts: []TimelinePost{{ID: "11", Parent: b.rec.Parent(), Text: text}}}}
				if found, err := b.look(); err != nil || !slices.Equal(found, tc.want) {
					t.Errorf("found were %v, with the error %v", found, err)
				}
				if !slices.Equal(b.paper.taken, tc.want) {
					t.Errorf("taken were %v", b.paper.taken)
				}
			})
		})
	}
}

// TestWhichOfTwoIsSettledFirst: of two posts that begin alike and are in doubt the older
// one, but not while the younger is being sent.
func TestWhichOfTwoIsSettledFirst(t *testing.T) {
	held := post.Lease{Owner: "w"}
	for name, tc := range map[string]struct {
		younger bool
		other   post.Post
		want    fault.ReasonCode
	}{
		"the other is older, and in doubt":      {false, post.Post{Sub: post.Reconciling}, fault.ReasonSameTextInDoubt},
		"the other is older, and sent":          {false, post.Post{Lease: held}, fault.ReasonSameTextInDoubt},
		"the other is older, and unknown":       {false, post.Post{Sub: post.Unknown}, fault.ReasonSameTextUnknown},
		"the other is younger, and in doubt":    {true, post.Post{Sub: post.Reconciling}, ""},
		"the other is younger, and sent":        {true, post.Post{Lease: held}, fault.ReasonSameTextInDoubt},
		"the other is younger, and settled now": {true, post.Post{Lease: held, Sub: post.Reconciling}, ""},
		"the other is younger, and unknown":     {true, post.Post{Sub: post.Unknown}, ""},
		"the other is not attempted":            {false, post.Post{Size: -1}, ""},
		"the other is past its first tweet":     {false, post.Post{Published: []post.Receipt{{ID: "10"}}}, ""},
		"the other begins otherwise now":        {false, post.Post{Opening: "otherwise"}, ""},
		"the other begins alike":                {false, post.Post{Opening: "as this one"}, fault.ReasonSameTextInDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.firstInDoubt()
				b.rec.Opening = "as this one"
				tc.other.ID, tc.other.CreatedAt = "other", b.begun.Add(-time.Second)
				if tc.younger {
					tc.other.CreatedAt = b.begun.Add(time.Second)
				}
				if tc.other.Size == 0 {
					tc.other.Attempt = &post.Attempt{At: b.begun}
				}
				b.paper.siblings = []post.Post{tc.other}
				b.paper.pages = []Page{{Posts: []TimelinePost{{ID: "11", Text: "one"}}}}
				_, err := b.look()
				if tc.want == "" && err != nil || tc.want != "" && fault.Judge(err).Reason.Code != tc.want {
					t.Errorf("got %v, want %q", err, tc.want)
				}
			})
		})
	}
	onBench(t, func(b *bench) { // one that is in doubt is waited for, whoever else is unknown
		b.firstInDoubt()
		attempt := &post.Attempt{At: b.begun}
		b.paper.siblings = []post.Post{
			{ID: "unknown", Attempt: attempt, Sub: post.Unknown}, {ID: "in doubt", Attempt: attempt, Sub: post.Reconciling},
		}
		b.paper.pages = []Page{{Posts: []TimelinePost{{ID: "11", Text: "one"}}}}
		if _, err := b.look(); fault.Judge(err).Reason.Code != fault.ReasonSameTextInDoubt {
			t.Errorf("got %v", err)
		}
	})
}

// TestATweetIsTakenInTheStore where it is the only one, and before it is in the record.
func TestATweetIsTakenInTheStore(t *testing.T) {
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		tweets int
		owning error
		taken  int
		want   fault.ReasonCode // of the error
	}{
		"it is one":           {1, nil, 1, ""},
		"there are two":       {2, nil, 0, ""},
		"there is none":       {0, nil, 0, ""},
		"another was first":   {1, fault.New(fault.Taken, "taken"), 1, fault.ReasonSameTextWasFirst},
		"the store is broken": {1, broken, 1, fault.ReasonAnswerLost},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.paper.owning = tc.owning
				var page Page
				for i := range tc.tweets {
					page.Posts = append(page.Posts, TimelinePost{ID: b.id(time.Duration(i+1) * time.Second), Parent: b.rec.Parent(),
						Text: "two"})
				}
				b.paper.pages = []Page{page}
				found, err := b.look()
				if (err != nil) != (tc.want != "") || err != nil && fault.Judge(err).Reason.Code != tc.want {
					t.Errorf("got %v", err)
				}
				if len(b.paper.taken) != tc.taken || err == nil && len(found) != tc.tweets {
					t.Errorf("found were %v, taken %v", found, b.paper.taken)
				}
			})
		})
	}
}

// TestMediaTellWhichTweetItIs: one that shows the very uploads is Spool's.
func TestMediaTellWhichTweetItIs(t *testing.T) {
	shows := func(id string, keys ...string) TimelinePost { return TimelinePost{ID: id, Media: keys} }
	both := []post.Medium{film, photo}
	for name, tc := range map[string]struct {
		text  string // of the tweet
		media []post.Medium
		known bool // X has told the uploads' keys
		on    []TimelinePost
		late  bool // the settling time is over
		want  []string
		err   fault.ReasonCode
		reply bool
		blind bool // what X has of the media cannot be read
	}{
		"the uploads, in any order": {
			text: "one", media: both, known: true, on: []TimelinePost{shows("1", "kf"), shows("2", "kp", "kf")},
			want: []string{"2"},
		},
		"none shows them": {
			text: "one", media: both, known: true, on: []TimelinePost{shows("1", "a"), shows("2", "b")}, late: true,
			want: []string{"1", "2"},
		},
		"one alone is not looked at": {
			text: "one", media: both, known: true, blind: true, on: []TimelinePost{shows("1", "a")}, late: true,
			want: []string{"1"},
		},
		"none alone is not looked at": {text: "", media: both, blind: true},
		"what X has of them cannot be read": {
			text: "", media: both, known: true, blind: true, on: []TimelinePost{shows("1", "a")}, err: fault.ReasonAnswerLost,
		},
		"the keys are not known": {
			text: "", media: both, on: []TimelinePost{shows("1", "a")}, late: true, want: []string{"1"},
		},
		"no text, and the uploads": {
			text: "", media: both, known: true, on: []TimelinePost{shows("1", "kf", "kp")}, want: []string{"1"},
		},
		"no text, X does not tell": {
			text: "", media: both, known: true, on: []TimelinePost{shows("1")}, late: true, want: []string{"1"},
		},
		"no text, and others, early": {text: "", media: both, known: true, on: []TimelinePost{shows("1", "a")}},
		"no text, and others, late": {
			text: "", media: both, known: true, on: []TimelinePost{shows("1", "a")}, late: true, err: fault.ReasonOtherMedia,
		},
		"nothing but a space, and others, late": {
			text: " ", media: both, known: true, on: []TimelinePost{shows("1", "a")}, late: true, err: fault.ReasonOtherMedia,
		},
		"a reply without text, and others": {
			text: "", media: both, known: true, reply: true, on: []TimelinePost{shows("1", "a")}, late: true,
			want: []string{"1"},
		},
		"nothing to show, and others": {
			text: "one", on: []TimelinePost{shows("1", "a"), shows("2")}, late: true, want: []string{"1", "2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				if !tc.reply {
					b.firstInDoubt()
				}
				b.content.Tweets[b.rec.Next()] = post.Tweet{Text: tc.text, Media: tc.media}
				ready := Upload{ID: "m", Stage: Ready, Expires: b.begun.Add(time.Hour)}
				b.paper.found = map[string]Upload{film.Digest(): ready, photo.Digest(): ready}
				if tc.known {
					f, p := ready, ready
					f.Key, p.Key = "kf", "kp"
					b.paper.found = map[string]Upload{film.Digest(): f, photo.Digest(): p}
				}
				for i := range tc.on {
					tc.on[i].Text, tc.on[i].Parent = tc.text, b.rec.Parent()
				}
				b.paper.pages = []Page{{Posts: tc.on}}
				if tc.blind {
					b.paper.failed = errors.New("broken")
				}
				if tc.late {
					time.Sleep(b.Config.Settle)
				} else {
					time.Sleep(b.Config.Settle - time.Millisecond)
				}
				found, err := b.look()
				if !slices.Equal(found, tc.want) || (err != nil) != (tc.err != "") || err != nil &&
					fault.Judge(err).Reason.Code != tc.err {
					t.Errorf("found were %v, with the error %v", found, err)
				}
			})
		})
	}
}
