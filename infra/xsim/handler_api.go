package xsim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Sim) serveCreate(x *exchange) answer {
	post, limits, err := s.create(x.bearer(), x.via, func() (CreateRequest, error) {
		var r CreateRequest
		return r, x.decode(createShape(), &r)
	})
	if err != nil {
		return s.refuse(limits, err)
	}
	return respond(http.StatusCreated, limits, map[string]any{"data": s.fieldNames().render(post, nil)})
}

func (s *Sim) serveList(x *exchange) answer {
	var fields []string
	page, limits, err := s.list(x.bearer(), x.PathValue("id"), x.via, func() (Query, error) {
		var err error
		if fields, err = postFields(x, "max_results", "since_id", "until_id", "pagination_token", "exclude"); err != nil {
			return Query{}, err
		}
		return parseQuery(x.URL.Query().Get)
	})
	if err != nil {
		return s.refuse(limits, err)
	}
	meta := map[string]any{"result_count": len(page.Posts)}
	body := map[string]any{"meta": meta}
	if n := len(page.Posts); n > 0 {
		meta["newest_id"], meta["oldest_id"] = page.Posts[0].ID, page.Posts[n-1].ID
		names := s.fieldNames()
		data := make([]map[string]any, n)
		for i, v := range page.Posts {
			data[i] = names.render(v, fields)
		}
		body["data"] = data
	}
	if page.Next != "" {
		meta["next_token"] = page.Next
	}
	return respond(http.StatusOK, limits, body)
}

func (s *Sim) serveLookup(x *exchange) answer {
	id := x.PathValue("id")
	fields, bad := postFields(x)
	v, found, limits, err := s.lookup(x.bearer(), id, x.via, bad)
	if err != nil {
		return s.refuse(limits, err)
	}
	if !found {
		return respond(http.StatusOK, limits, map[string]any{"errors": []any{notFound(id, s.Settings().Dialect)}})
	}
	return respond(http.StatusOK, limits, map[string]any{"data": s.fieldNames().render(v, fields)})
}

func (s *Sim) serveDelete(x *exchange) answer {
	limits, err := s.remove(x.bearer(), x.PathValue("id"), x.via)
	if err != nil {
		return s.refuse(limits, err)
	}
	return respond(http.StatusOK, limits, map[string]any{"data": map[string]any{"deleted": true}})
}

func (s *Sim) serveMe(x *exchange) answer {
	a, limits, err := s.me(x.bearer(), x.via)
	if err != nil {
		return s.refuse(limits, err)
	}
	return respond(http.StatusOK, limits, map[string]any{"data": map[string]any{
		"id": a.ID, "username": a.Username, "name": a.Name,
	}})
}

// fieldNames are the names on which X's documentation and specification differ.
type fieldNames struct{ history, referenced, note string }

func (s *Sim) fieldNames() fieldNames {
	if s.Settings().Dialect == Specified {
		return fieldNames{"edit_history_post_ids", "referenced_posts", "note_post"}
	}
	return fieldNames{"edit_history_tweet_ids", "referenced_tweets", "note_tweet"}
}

// render is v in JSON: the default fields and those that were asked for.
func (n fieldNames) render(v View, fields []string) map[string]any {
	all := map[string]any{
		"author_id": v.AuthorID, "created_at": createdAt(v.CreatedAt), "conversation_id": v.Conversation,
	}
	var refs []map[string]string
	if v.Parent != "" {
		refs = append(refs, map[string]string{"type": "replied_to", "id": v.Parent})
	}
	if v.Quoted != "" {
		refs = append(refs, map[string]string{"type": "quoted", "id": v.Quoted})
	}
	if len(refs) > 0 {
		all[n.referenced] = refs
	}
	if v.ReplyTo != "" {
		all["in_reply_to_user_id"] = v.ReplyTo
	}
	if len(v.Links) > 0 {
		all["entities"] = map[string]any{"urls": v.Links}
	}
	if v.Note != nil {
		all[n.note] = v.Note
	}
	if len(v.Media) > 0 {
		all["attachments"] = map[string]any{"media_keys": keys(v.Media)}
	}
	if v.ReplySetting != "" {
		all["reply_settings"] = v.ReplySetting
	}
	maps.DeleteFunc(all, func(name string, _ any) bool {
		return !slices.Contains(fields, name) && !slices.Contains(fields, inOtherDialect(name))
	})
	all["id"], all["text"], all[n.history] = v.ID, v.Public, []string{v.ID}
	return all
}

// inOtherDialect is a field's name in the other dialect, "" where both agree.
func inOtherDialect(name string) string {
	return map[string]string{
		"referenced_tweets": "referenced_posts", "referenced_posts": "referenced_tweets",
		"note_tweet": "note_post", "note_post": "note_tweet",
	}[name]
}

// postFields checks the names in the query and returns the fields that
// tweet.fields or post.fields ask for.
func postFields(x *exchange, allowed ...string) ([]string, error) {
	known := strings.Fields("id text author_id created_at conversation_id entities in_reply_to_user_id referenced_tweets " +
		"referenced_posts edit_history_tweet_ids edit_history_post_ids note_tweet note_post reply_settings lang source public_metrics attachments")
	allowed = append(allowed, "tweet.fields", "post.fields")
	var fields []string
	var bad []Message
	query := x.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(allowed, name) {
			bad = append(bad,
				badParameter(name, query.Get(name),
					fmt.Sprintf("The query parameter [%s] is not one of [%s]", name, strings.Join(allowed, ","))))
			continue
		}
		if !strings.HasSuffix(name, ".fields") {
			continue
		}
		for field := range strings.SplitSeq(query.Get(name), ",") {
			if !slices.Contains(known, field) {
				bad = append(bad,
					badParameter(name, field,
						fmt.Sprintf("The `%s` query parameter value [%s] is not one of [%s]", name, field, strings.Join(known, ","))))
			}
			fields = append(fields, field)
		}
	}
	if len(bad) > 0 {
		return nil, invalid(bad...)
	}
	return fields, nil
}
