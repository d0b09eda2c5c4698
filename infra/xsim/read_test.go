package xsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const adaPosts = "/2/users/1815120100/tweets"

func ids(posts []map[string]any) []string {
	var all []string
	for _, p := range posts {
		all = append(all, p["id"].(string))
	}
	return all
}

func TestIDsAreSnowflakes(t *testing.T) {
	w := newWorld(t)
	first, second := w.posted("1", ""), w.posted("2", "")
	if got := time.UnixMilli(int64(number(first)>>22) + twitterEpoch).UTC(); !got.Equal(start) {
		t.Errorf("id %s is of %s, want %s", first, got, start)
	}
	if number(second) <= number(first) {
		t.Errorf("%s does not follow %s", second, first)
	}
}

func TestATextComesBackAsXWritesIt(t *testing.T) {
	w := newWorld(t)
	w.posted(" cafe\u0301 <b> & https://example.com/a?b=1&c=2, then go.dev! ", "")
	p := w.listed("tweet.fields=entities")[0]
	urls := p["entities"].(map[string]any)["urls"].([]any)
	first, second := urls[0].(map[string]any), urls[1].(map[string]any)
	want := fmt.Sprintf("café &lt;b&gt; &amp; %s, then %s!", first["url"], second["url"])
	if p["text"] != want {
		t.Errorf("text is %q, want %q", p["text"], want)
	}
	if first["expanded_url"] != "https://example.com/a?b=1&c=2" || second["expanded_url"] != "http://go.dev" {
		t.Errorf("expanded urls are %v and %v", first["expanded_url"], second["expanded_url"])
	}
	for _, u := range []map[string]any{first, second} {
		runes := []rune(want)[int(u["start"].(float64)):int(u["end"].(float64))]
		if string(runes) != u["url"] || !strings.HasPrefix(string(runes), "https://t.co/") || len(runes) != 23 {
			t.Errorf("the indices of %v point at %q", u["url"], string(runes))
		}
	}
	if truth := w.texts("ada"); truth[0] != " cafe\u0301 <b> & https://example.com/a?b=1&c=2, then go.dev! " {
		t.Errorf("the truth is %q, not as posted", truth)
	}
}

func TestALongTextIsCutOffUnlessItsNoteIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.AddAccount(Account{Username: "ada", Premium: true})
	long := strings.TrimSpace(strings.Repeat("word ", 100))
	w.posted(long, "")
	p := w.listed("tweet.fields=note_tweet")[0]
	if short := p["text"].(string); !strings.HasSuffix(short, "word…") || len([]rune(short)) > 280 {
		t.Errorf("text is %q", short)
	}
	if note := p["note_tweet"].(map[string]any)["text"]; note != long {
		t.Errorf("note is %q", note)
	}
	if _, has := w.listed("")[0]["note_tweet"]; has {
		t.Error("the note comes unasked")
	}
}

func TestAThreadIsOneConversation(t *testing.T) {
	w := newWorld(t)
	root := w.posted("1", "")
	second := w.posted("2", root)
	third := w.posted("3", second)
	posts := w.listed("tweet.fields=conversation_id,referenced_tweets,in_reply_to_user_id,created_at,author_id")
	if got, want := ids(posts), []string{third, second, root}; !slices.Equal(got, want) {
		t.Fatalf("listed %v, want %v: newest first", got, want)
	}
	for i, parent := range []string{second, root} {
		if got, want := fmt.Sprint(posts[i]["referenced_tweets"]), fmt.Sprintf("[map[id:%s type:replied_to]]", parent); got != want {
			t.Errorf("post %d refers to %s, want %s", i, got, want)
		}
		if posts[i]["conversation_id"] != root || posts[i]["in_reply_to_user_id"] != "1815120100" || posts[i]["created_at"] != "2026-08-20T09:00:00.000Z" {
			t.Errorf("post %d is %v", i, posts[i])
		}
	}
	if _, has := posts[2]["referenced_tweets"]; has || posts[2]["conversation_id"] != root {
		t.Errorf("the first post is %v", posts[2])
	}
}

func TestPagesCoverATimelineOnce(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 13 {
		want = append([]string{w.posted(fmt.Sprint(i), "")}, want...)
	}
	var got []string
	token := ""
	for pages := 1; ; pages++ {
		r := w.get(adaPosts + "?max_results=5" + token)
		list, _ := r.object["data"].([]any)
		for _, p := range list {
			got = append(got, p.(map[string]any)["id"].(string))
		}
		meta := r.object["meta"].(map[string]any)
		if meta["newest_id"] != got[len(got)-len(list)] || meta["oldest_id"] != got[len(got)-1] || meta["result_count"] != float64(len(list)) {
			t.Errorf("meta of page %d is %v", pages, meta)
		}
		next, more := meta["next_token"].(string)
		if !more {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		token = "&pagination_token=" + next
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages have %v, want %v", got, want)
	}
}

func TestSelections(t *testing.T) {
	w := newWorld(t)
	a := w.posted("a", "")
	b := w.posted("b", a)
	c := w.posted("c", "")
	for query, want := range map[string][]string{
		"":                                 {c, b, a},
		"since_id=" + a:                    {c, b},
		"until_id=" + c:                    {b, a},
		"since_id=" + a + "&until_id=" + c: {b},
		"since_id=" + c:                    nil,
		"exclude=replies":                  {c, a},
		"exclude=retweets":                 {c, b, a},
	} {
		if got := ids(w.listed(query)); !slices.Equal(got, want) {
			t.Errorf("%q lists %v, want %v", query, got, want)
		}
	}
	if r := w.get(adaPosts + "?since_id=" + c); r.body != `{"meta":{"result_count":0}}` {
		t.Errorf("an empty page is %s", r.body)
	}
}

func TestQueriesThatXRefuses(t *testing.T) {
	for query, message := range map[string]string{
		"?max_results=4":              "The `max_results` query parameter value [4] is not between 5 and 100",
		"?max_results=101":            "The `max_results` query parameter value [101] is not between 5 and 100",
		"?max_results=ten":            "The `max_results` query parameter value [ten]",
		"?since_id=x":                 "The `since_id` query parameter value [x] is not valid",
		"?since_id=2&until_id=1":      "`since_id` must be less than `until_id`",
		"?pagination_token=zzz":       "The `pagination_token` query parameter value [zzz] is not valid",
		"?exclude=quotes":             "The `exclude` query parameter value [quotes]",
		"?tweet.fields=textt":         "The `tweet.fields` query parameter value [textt]",
		"?tweet_fields=text":          "The query parameter [tweet_fields] is not one of",
		"?max_results=5&expansions=x": "The query parameter [expansions] is not one of",
	} {
		w := newWorld(t)
		r := w.get(adaPosts + query)
		if r.status != http.StatusBadRequest || r.object["title"] != "Invalid Request" || !strings.Contains(r.body, message) {
			t.Errorf("%s: %d %s", query, r.status, r.body)
		}
	}
	w := newWorld(t)
	for _, path := range []string{"/2/users/99/tweets", "/2/users/ada/tweets", "/2/tweets/x", "/2/tweets/12345678901234567890", "/2/tweets/1?tweet.fields=x"} {
		if r := w.get(path); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := w.get("/2/nothing"); r.status != http.StatusNotFound {
		t.Errorf("a path that X does not have: %d", r.status)
	}
}

func TestANewPostIsReadOnlyAfterTheLag(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.VisibilityLag = 10 * time.Second })
	id := w.posted("new", "")
	w.advance(10*time.Second - time.Millisecond)
	if got := w.listed(""); len(got) != 0 {
		t.Errorf("listed before the lag: %v", got)
	}
	if r := w.get("/2/tweets/" + id); r.data() != nil {
		t.Errorf("found before the lag: %s", r.body)
	}
	w.advance(time.Millisecond)
	if got := ids(w.listed("")); !slices.Equal(got, []string{id}) {
		t.Errorf("after the lag the list is %v", got)
	}
	if r := w.get("/2/tweets/" + id); r.data()["id"] != id {
		t.Errorf("after the lag the lookup is %s", r.body)
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	id := w.posted("mine", "")
	if r := w.send("DELETE", "/2/tweets/"+id, w.connect("grace").AccessToken, "", ""); r.status != http.StatusForbidden {
		t.Errorf("a stranger deletes: %d %s", r.status, r.body)
	}
	if r := w.send("DELETE", "/2/tweets/"+id, w.ada.AccessToken, "", ""); r.status != http.StatusOK || r.body != `{"data":{"deleted":true}}` {
		t.Fatalf("delete: %d %s", r.status, r.body)
	}
	if r := w.send("DELETE", "/2/tweets/"+id, w.ada.AccessToken, "", ""); r.status != http.StatusNotFound {
		t.Errorf("delete again: %d %s", r.status, r.body)
	}
	posts, _ := w.Timeline("ada")
	if len(w.listed("")) != 0 || len(posts) != 1 || !posts[0].Deleted {
		t.Errorf("after deleting the list has %d and the truth is %+v", len(w.listed("")), posts)
	}
}

func TestThe3200NewestPostsAreListed(t *testing.T) {
	w := newWorld(t)
	for range timelineDepth + 1 {
		byHand(w, "ada", "x")
	}
	n := 0
	for q := (Query{Max: 100}); ; {
		page, _, err := w.List(w.ada.AccessToken, "1815120100", q)
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Posts)
		if q.Token = page.Next; q.Token == "" {
			break
		}
	}
	if n != timelineDepth {
		t.Errorf("%d posts are listed, want %d", n, timelineDepth)
	}
}
