package xsim

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"spool/shared/tweet"
)

// Query selects from a user's timeline, as the query of GET /2/users/{id}/tweets.
type Query struct {
	Max            int // 5 to 100; 0 means X's default of 10
	SinceID        string
	UntilID        string
	Token          string // pagination_token: the next_token of the page before
	ExcludeReplies bool
}

// Page is one page of a timeline, newest first.
type Page struct {
	Posts []View
	Next  string // pagination token of the next page, "" on the last
}

// View is a post as X shows it to callers of its API.
type View struct {
	Post
	Public  string // the text with t.co links and HTML entities, cut off where it is long
	Links   []LinkEntity
	Note    *Note  // the whole of a long text
	ReplyTo string // id of the user that it replies to
}

// Note is the whole of a text that is longer than 280.
type Note struct {
	Text     string                  `json:"text"`
	Entities map[string][]LinkEntity `json:"entities,omitempty"`
}

func (s *Sim) view(p *Post) View {
	v := View{Post: *p}
	v.Public, v.Links = publicText(p.ID, p.Text)
	author := s.accounts[p.AuthorID].Username
	if tweet.WeightedLength(p.Text) > tweet.StandardLimit {
		// The link of the media is in the whole text too, and among the entities of
		// the short one only.
		v.Note = &Note{}
		if v.Links != nil {
			v.Note.Entities = map[string][]LinkEntity{"urls": v.Links}
		}
		v.Note.Text, _ = withMedia(author, p, v.Public, nil)
		v.Public, v.Links = publicText(p.ID, shortened(normal(p.Text)))
	}
	v.Public, v.Links = withMedia(author, p, v.Public, v.Links)
	if parent, ok := s.posts.byID[p.Parent]; ok {
		v.ReplyTo = parent.AuthorID
	}
	return v
}

// List is GET /2/users/{id}/tweets. The error is a *Refusal.
func (s *Sim) List(bearer, userID string, q Query) (Page, Limits, error) {
	return s.list(bearer, userID, request{}, func() (Query, error) { return q, nil })
}

func (s *Sim) list(bearer, userID string, via request, decode func() (Query, error)) (Page, Limits, error) {
	var page Page
	limits, err := s.serve(UserPosts, bearer, via, func(c *call) error {
		q, err := decode()
		if err != nil {
			return err
		}
		pick, err := s.selection(c, userID, q)
		if err != nil {
			return err
		}
		page = s.page(pick, q)
		s.chargeReads(c, page.Posts)
		return nil
	})
	return page, limits, err
}

// timelineDepth is how many posts of a timeline X lists at most.
const timelineDepth = 3200

// selection lists what q selects, newest first.
func (s *Sim) selection(c *call, userID string, q Query) ([]*Post, error) {
	if _, ok := s.accounts[userID]; !isID(userID) || !ok {
		return nil, invalid(badParameter("id", userID,
			fmt.Sprintf("The `id` query parameter value [%s] is not a valid user id", userID)))
	}
	below := number(q.UntilID)
	if q.Token != "" {
		id, err := pageEncoding().DecodeString(q.Token)
		if err != nil || !isID(string(id)) {
			return nil, invalid(badParameter("pagination_token", q.Token,
				fmt.Sprintf("The `pagination_token` query parameter value [%s] is not valid", q.Token)))
		}
		below = number(string(id))
	}
	var pick []*Post
	seen := 0
	for _, p := range slices.Backward(s.posts.byUser[userID]) {
		if !visible(p, c.now, s.settings.VisibilityLag) {
			continue
		}
		if seen++; seen > timelineDepth {
			break
		}
		if p.number > number(q.SinceID) && (below == 0 || p.number < below) && !(q.ExcludeReplies && p.Parent != "") {
			pick = append(pick, p)
		}
	}
	return pick, nil
}

// page cuts the first page off a selection.
func (s *Sim) page(pick []*Post, q Query) Page {
	size := q.Max
	if size == 0 {
		size = 10
	}
	var page Page
	if len(pick) > size {
		pick = pick[:size]
		page.Next = pageEncoding().EncodeToString([]byte(pick[size-1].ID))
	}
	for _, p := range pick {
		page.Posts = append(page.Posts, s.view(p))
	}
	return page
}

// pageEncoding is that of X's pagination tokens: base32hex.
func pageEncoding() *base32.Encoding { return base32.HexEncoding.WithPadding(base32.NoPadding) }

// number is the value of an id, 0 of no id.
func number(id string) uint64 {
	n, _ := strconv.ParseUint(id, 10, 64) // ids were checked where they came in
	return n
}

func badParameter(name, value, message string) Message {
	return Message{Parameters: map[string][]string{name: {value}}, Message: message}
}

// chargeReads bills posts that were read: less for the application's owner's own.
func (s *Sim) chargeReads(c *call, views []View) {
	for _, v := range views {
		if c.user.OwnsApp && v.AuthorID == c.user.ID {
			s.charge("owned_read", PriceOwnedRead, 1)
		} else {
			s.charge("read", PriceRead, 1)
		}
	}
}

// Lookup is GET /2/tweets/{id}. found is false where X answers 200 with a
// "Not Found Error". The error is a *Refusal.
func (s *Sim) Lookup(bearer, id string) (v View, found bool, limits Limits, err error) {
	return s.lookup(bearer, id, request{}, nil)
}

// lookup is Lookup; bad is what was wrong with the query, said after authentication.
func (s *Sim) lookup(bearer, id string, via request, bad error) (v View, found bool, limits Limits, err error) {
	limits, err = s.serve(LookupPost, bearer, via, func(c *call) error {
		if bad != nil {
			return bad
		}
		if !isID(id) {
			return invalid(badID(id))
		}
		p, ok := s.posts.byID[id]
		if !ok || !visible(p, c.now, s.settings.VisibilityLag) {
			return nil
		}
		v, found = s.view(p), true
		s.chargeReads(c, []View{v})
		return nil
	})
	return v, found, limits, err
}

func badID(id string) Message {
	return badParameter("id", id, fmt.Sprintf("The `id` query parameter value [%s] is not valid", id))
}

// Delete is DELETE /2/tweets/{id}: only one's own post. The error is a *Refusal.
func (s *Sim) Delete(bearer, id string) (Limits, error) {
	return s.remove(bearer, id, request{})
}

func (s *Sim) remove(bearer, id string, via request) (Limits, error) {
	return s.serve(DeletePost, bearer, via, func(c *call) error {
		if !isID(id) {
			return invalid(badID(id))
		}
		p, ok := s.live(id)
		switch {
		case !ok:
			return &Refusal{Status: http.StatusNotFound, Title: "Not Found Error", Kind: "resource-not-found",
				Detail: fmt.Sprintf("Could not find tweet with id: [%s].", id),
				Extra:  map[string]any{"resource_type": "tweet", "resource_id": id, "parameter": "id", "value": id}}
		case p.AuthorID != c.user.ID:
			return forbidden("You are not authorized to delete this Tweet.")
		}
		p.Deleted = true
		return nil
	})
}

// Me is GET /2/users/me. The error is a *Refusal.
func (s *Sim) Me(bearer string) (Account, Limits, error) { return s.me(bearer, request{}) }

func (s *Sim) me(bearer string, via request) (a Account, limits Limits, err error) {
	limits, err = s.serve(Me, bearer, via, func(c *call) error {
		a = *c.user
		s.charge("user_read", PriceUserRead, 1)
		return nil
	})
	return a, limits, err
}

// parseQuery checks the query parameters of a timeline.
func parseQuery(get func(string) string) (Query, error) {
	q := Query{SinceID: get("since_id"), UntilID: get("until_id"), Token: get("pagination_token")}
	var bad []Message
	if v := get("max_results"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 5 || n > 100 {
			bad = append(bad,
				badParameter("max_results", v,
					fmt.Sprintf("The `max_results` query parameter value [%s] is not between 5 and 100", v)))
		}
		q.Max = n
	}
	for _, name := range []string{"since_id", "until_id"} {
		if v := get(name); v != "" && !isID(v) {
			bad = append(bad, badParameter(name, v, fmt.Sprintf("The `%s` query parameter value [%s] is not valid", name, v)))
		}
	}
	if q.SinceID != "" && q.UntilID != "" && number(q.SinceID) >= number(q.UntilID) {
		bad = append(bad, badParameter("since_id", q.SinceID, "`since_id` must be less than `until_id`"))
	}
	if v := get("exclude"); v != "" && v != "replies" && v != "retweets" && v != "replies,retweets" &&
		v != "retweets,replies" {
		bad = append(bad,
			badParameter("exclude", v,
				fmt.Sprintf("The `exclude` query parameter value [%s] is not one of [replies,retweets]", v)))
	} else {
		q.ExcludeReplies = v != "" && v != "retweets"
	}
	if len(bad) > 0 {
		return Query{}, invalid(bad...)
	}
	return q, nil
}

// createdAt is X's form of a time: milliseconds, UTC.
func createdAt(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
