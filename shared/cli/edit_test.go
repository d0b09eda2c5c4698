package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/shared/wire"
)

// edited is what the API was asked to change last.
func (f *fakeAPI) edited(id string) (in wire.EditInput) {
	f.t.Helper()
	r := f.last("PATCH /v1/posts/" + id)
	if err := json.Unmarshal([]byte(r.body), &in); err != nil {
		f.t.Fatal(err)
	}
	if r.header.Get("If-Match") != `"7"` {
		f.t.Errorf("If-Match is %q", r.header.Get("If-Match"))
	}
	return in
}

func TestEditing(t *testing.T) {
	poll := find(scheduledID)
	poll.Tweets[1].Poll = &wire.Poll{Options: []string{"Yes", "No"}, Minutes: 60}
	poll.Tweets[0].Media = []wire.MediaRef{{ID: "m9", Kind: "image", AltText: `A "quoted" cat`}}
	kept := []wire.MediaRefInput{{ID: "m9", AltText: `A "quoted" cat`}}
	for _, tc := range []struct {
		name   string
		args   []string
		edit   func(text string) string
		want   wire.EditInput
		status int
		says   string
	}{
		{"the time", []string{"--at", "friday 17:30", "--tz", "UTC"}, nil, wire.EditInput{At: "friday 17:30", Zone: "UTC"}, StatusOK, ""},
		{
			"the texts by a manuscript", []string{file(t, "new.md", "New\n\n---\n\nWhich?")}, nil,
			wire.EditInput{Tweets: []wire.TweetInput{{Text: "New"}, {Text: "Which?", Poll: poll.Tweets[1].Poll}}}, StatusOK, "",
		},
		{
			"the texts in an editor", nil, func(text string) string { return strings.Replace(text, "Later", "Much later", 1) },
			wire.EditInput{Tweets: []wire.TweetInput{{Text: "Soon", Media: kept}, {Text: "Much later", Poll: poll.Tweets[1].Poll}}}, StatusOK, "",
		},
		{
			"the time and the media in an editor", nil, func(text string) string {
				return strings.Replace(strings.Replace(text, "at: 2026-11-28 17:00:00", "at: 2026-12-24 18:00", 1), "post: 1", "post: 2", 1)
			},
			wire.EditInput{At: "2026-12-24 18:00", Zone: "Europe/Berlin", Tweets: []wire.TweetInput{{Text: "Soon"}, {Text: "Later", Media: kept, Poll: poll.Tweets[1].Poll}}}, StatusOK, "",
		},
		{"nothing in an editor", nil, func(text string) string { return text }, wire.EditInput{}, StatusFailure, "Nothing was changed."},
		{"into what X refuses", nil, func(text string) string { return strings.Replace(text, "Soon", "$ABC $DEF", 1) }, wire.EditInput{}, StatusErrors, "What you wrote is kept in"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			f.answer("GET /v1/posts/"+scheduledID, poll)
			std := f.terminal(80)
			std.Desk = desk{edit: func(path string) error {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				return os.WriteFile(path, []byte(tc.edit(string(text))), 0o600)
			}}
			got := spool(t, std, "", append([]string{"edit", "sch"}, tc.args...)...)
			if got.status != tc.status || !strings.Contains(got.err, tc.says) {
				t.Fatalf("status %d, %q", got.status, got.err)
			}
			if tc.status != StatusOK {
				if n := f.times("PATCH /v1/posts/" + scheduledID); n != 0 {
					t.Errorf("the API was asked %d times", n)
				}
				return
			}
			if diff := cmp.Diff(tc.want, f.edited(scheduledID)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestAPostThatTextCannotSayIsEditedAsJSON(t *testing.T) {
	p := find(scheduledID)
	p.Tweets[0].Text = "Above\n---\nbelow"
	name, text := written(p)
	if name != jsonForm || !strings.Contains(text, `"Above\n---\nbelow"`) {
		t.Errorf("%s: %s", name, text)
	}
	p.Tweets[0].Text = "Two\n\nparagraphs"
	if name, text := written(p); name != textForm {
		t.Errorf("%s: %s", name, text)
	}
}

func TestIDsMayBeCut(t *testing.T) {
	f := newAPI(t)
	list := posts()
	list[1].ID = "PUBZ" + list[1].ID[4:]
	f.answer("GET /v1/posts", wire.PostList{Posts: bare(list)})
	for id, says := range map[string]string{"puba": "", "PUB": "Several posts begin with", "X": "No post begins with", publishedID: ""} {
		if got := spool(t, f.stdio(), "", "show", id); (got.status == StatusOK) != (says == "") || !strings.Contains(got.err, says) {
			t.Errorf("%s: status %d, %q", id, got.status, got.err)
		}
	}
}

func TestAPersonsWordOnATweet(t *testing.T) {
	for flag, want := range map[string]string{
		"--absent":          `{"thread_position":2,"outcome":"absent"}`,
		"--published=12345": `{"thread_position":2,"outcome":"published","platform_post_id":"12345"}`,
		"--published=https://x.com/ada/status/12345?s=20": `{"thread_position":2,"outcome":"published","platform_post_id":"12345"}`,
	} {
		f := newAPI(t)
		got := spool(t, f.stdio(), "", "resolve", unknownID, "2", flag)
		if asked := f.last("POST /v1/posts/" + unknownID + "/resolve").body; got.status != StatusOK || asked != want {
			t.Errorf("%s: status %d, asked %s", flag, got.status, asked)
		}
	}
}
