package xsim

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/shared/tweet"
)

//go:embed page
var pageFiles embed.FS

// templates parses the embedded pages; a broken one fails the tests.
func templates() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") },
		"count": func(n int, one string) string {
			if n == 1 {
				return "1 " + one
			}
			return fmt.Sprintf("%d %ss", n, one)
		},
		"megabytes": func(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) },
		"dollars":   func(p Price) string { return fmt.Sprintf("$%.3f", float64(p)/1e6) },
	}).ParseFS(pageFiles, "page/*.html"))
}

// pageHeaders forbid whatever the pages do not need: they load their own style
// and script only, are never framed or cached, and tell nobody where one came from.
func pageHeaders(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func (s *Sim) routePage(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		a := htmlAnswer(http.StatusOK, "timelines.html", s.timelines())
		for name, values := range a.header {
			w.Header()[name] = values
		}
		_, _ = w.Write(a.body) // a client that has gone is no concern of ours
	})
	mux.HandleFunc("GET /__sim/media/{id}", s.servePicture)
	for _, name := range []string{"style.css", "live.js"} {
		mux.HandleFunc("GET /__sim/page/"+name, func(w http.ResponseWriter, r *http.Request) {
			pageHeaders(w.Header())
			w.Header().Del("Content-Type") // ServeFileFS knows
			http.ServeFileFS(w, r, pageFiles, "page/"+name)
		})
	}
}

// servePicture serves a kept picture for the page. Whatever the bytes are, the
// browser takes them for nothing else.
func (s *Sim) servePicture(w http.ResponseWriter, r *http.Request) {
	s.lock()
	m := s.media[r.PathValue("id")]
	var picture []byte
	if m != nil && !m.Finalized.IsZero() {
		picture = m.thumbnail()
	}
	s.mu.Unlock()
	if picture == nil {
		http.NotFound(w, r)
		return
	}
	pageHeaders(w.Header())
	w.Header().Set("Content-Type", m.Type) // it and the bytes never change any more
	_, _ = w.Write(picture)                // a client that has gone is no concern of ours
}

// timelinesPage is what the page at / shows.
type timelinesPage struct {
	Accounts []accountPage
	Requests int
	Billed   Price
	Faults   int // with strikes left
	State    []string
}

type accountPage struct {
	Account
	Posts   int
	Threads []threadPage // newest first
}

// threadPage is one conversation of an account: its own posts, oldest first.
type threadPage struct{ Posts []postPage }

type postPage struct {
	Post
	Number, Of int
	Pieces     []piece
	// Aside is set when the post does not reply to the one shown above it.
	Aside string
}

// piece is a run of text, or a link in it.
type piece struct{ Text, Link string }

func (s *Sim) timelines() timelinesPage {
	s.lock()
	defer s.mu.Unlock()
	page := timelinesPage{Requests: s.journal.lastID, Billed: s.bill.Total, State: s.settings.state()}
	for _, f := range s.faults.list {
		if f.Fault.Count == -1 || f.Hits < f.Fault.Count {
			page.Faults++
		}
	}
	for _, id := range s.order {
		a := accountPage{Account: *s.accounts[id], Posts: len(s.posts.byUser[id])}
		a.Threads = threads(s.posts.byUser[id])
		page.Accounts = append(page.Accounts, a)
	}
	return page
}

// threads groups an account's posts by conversation.
func threads(posts []*Post) []threadPage {
	byRoot := map[string]int{}
	var all []threadPage
	for _, p := range posts {
		i, ok := byRoot[p.Conversation]
		if !ok {
			i = len(all)
			byRoot[p.Conversation] = i
			all = append(all, threadPage{})
		}
		shown := postPage{Post: *p, Number: len(all[i].Posts) + 1, Pieces: pieces(p.Text)}
		shown.Aside = aside(all[i].Posts, p)
		all[i].Posts = append(all[i].Posts, shown)
	}
	for _, t := range all {
		for i := range t.Posts {
			t.Posts[i].Of = len(t.Posts)
		}
	}
	slices.Reverse(all) // newest thread first, as on X
	return all
}

// aside says what p replies to when that is not the post above it.
func aside(above []postPage, p *Post) string {
	if p.Parent == "" || len(above) > 0 && above[len(above)-1].ID == p.Parent {
		return ""
	}
	for _, a := range above {
		if a.ID == p.Parent {
			return fmt.Sprintf("replies to %d", a.Number)
		}
	}
	return "replies to " + p.Parent
}

// pieces splits a text into runs and links.
func pieces(text string) []piece {
	var all []piece
	end := 0
	for _, l := range tweet.Links(text) {
		all = append(all, piece{Text: text[end:l.Start]}, piece{l.Text, expanded(l.Text)})
		end = l.End
	}
	return append(all, piece{Text: text[end:]})
}

// state lists what keeps the application from working, in words.
func (c Settings) state() []string {
	var all []string
	add := func(is bool, words string) {
		if is {
			all = append(all, words)
		}
	}
	add(!c.Enrolled, "not enrolled")
	add(c.UsageCapped, "usage cap reached")
	add(c.Credits != nil && *c.Credits <= 0, "no credits")
	add(c.VisibilityLag > 0, "reads lag "+c.VisibilityLag.String())
	return all
}

// scopeSentences says in words what the scopes of a consent allow.
func scopeSentences(scope string) []string {
	words := map[string]string{
		"tweet.read":     "See posts that you can see",
		"tweet.write":    "Post and delete posts for you",
		"users.read":     "See accounts that you can see",
		"media.write":    "Upload media for you",
		"offline.access": "Stay connected until you revoke access",
	}
	var all []string
	for s := range strings.FieldsSeq(scope) {
		sentence, ok := words[s]
		if !ok {
			sentence = s
		}
		all = append(all, sentence)
	}
	return all
}
