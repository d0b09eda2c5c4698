package xsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"spool/shared/media/mediatest"
)

// schema is the part of JSON Schema that the excerpt of X's OpenAPI document uses.
type schema struct {
	Ref                  string            `json:"$ref"`
	Type                 string            `json:"type"`
	Properties           map[string]schema `json:"properties"`
	Required             []string          `json:"required"`
	Items                *schema           `json:"items"`
	OneOf                []schema          `json:"oneOf"`
	Enum                 []string          `json:"enum"`
	Pattern              string            `json:"pattern"`
	AdditionalProperties *bool             `json:"additionalProperties"`
	MinItems             int               `json:"minItems"`
	MaxItems             int               `json:"maxItems"`
	MinLength            int               `json:"minLength"`
	MaxLength            int               `json:"maxLength"`
	Minimum              int               `json:"minimum"`
	Maximum              int               `json:"maximum"`
}

type schemas map[string]schema

func loadSchemas(t *testing.T) schemas {
	t.Helper()
	raw, err := os.ReadFile("testdata/x-openapi-excerpt.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct{ Schemas schemas }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas
}

func (all schemas) resolve(s schema) schema {
	if s.Ref == "" {
		return s
	}
	return all[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
}

// mismatches lists where v differs from s. A member that X does not have counts.
func (all schemas) mismatches(path string, s schema, v any) (bad []string) {
	s = all.resolve(s)
	if len(s.OneOf) > 0 {
		s = s.OneOf[0]
	}
	switch v := v.(type) {
	case map[string]any:
		if s.Type != "object" {
			return []string{path + " is an object"}
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				bad = append(bad, path+" lacks "+name)
			}
		}
		for name, member := range v {
			if p, ok := s.Properties[name]; ok {
				bad = append(bad, all.mismatches(path+"."+name, p, member)...)
			} else if s.Properties != nil {
				bad = append(bad, path+" has no "+name)
			}
		}
	case []any:
		if s.Type != "array" {
			return []string{path + " is an array"}
		}
		for i, item := range v {
			bad = append(bad, all.mismatches(fmt.Sprintf("%s[%d]", path, i), *s.Items, item)...)
		}
	case string:
		if s.Type != "string" || s.Enum != nil && !slices.Contains(s.Enum, v) || !regexp.MustCompile(s.Pattern).MatchString(v) {
			bad = append(bad, fmt.Sprintf("%s is %q", path, v))
		}
	case float64:
		if s.Type != "integer" {
			bad = append(bad, path+" is a number")
		}
	case bool:
		if s.Type != "boolean" {
			bad = append(bad, path+" is a boolean")
		}
	}
	return bad
}

// TestAnswersHaveTheShapesOfXsSpecification compares with X's OpenAPI document.
func TestAnswersHaveTheShapesOfXsSpecification(t *testing.T) {
	all := loadSchemas(t)
	w := newWorld(t, func(s *Settings) { s.Dialect = Specified })
	w.AddAccount(Account{Username: "ada", Premium: true, OwnsApp: true})
	root := w.post("a < b & c, see https://example.com/x and example.org", "")
	id := root.data()["id"].(string)
	second := w.post("second", id)
	w.posted(strings.Repeat("long ", 100), id)
	picture := w.upload("/2/media/upload", map[string]string{"media_category": ImageCategory}, mediatest.PNG(8, 8, 1))
	film := w.chunked("video/mp4", VideoCategory, video(t, 9000))
	w.with("look", picture.id(t))
	fields := "post.fields=created_at,attachments,entities,conversation_id,author_id,in_reply_to_user_id,referenced_posts,note_post,reply_settings"

	for name, c := range map[string]struct {
		schema string
		answer reply
	}{
		"create":         {"CreatePostsResponse", root},
		"create a reply": {"CreatePostsResponse", second},
		"timeline":       {"GetUsersPostsResponse", w.get("/2/users/1815120100/tweets?max_results=5&" + fields)},
		"lookup":         {"GetPostsByIdResponse", w.get("/2/tweets/" + id + "?" + fields)},
		"users/me":       {"GetUsersMeResponse", w.get("/2/users/me")},
		"upload":         {"MediaUploadResponse", picture},
		"initialize":     {"InitializeMediaUploadResponse", w.initialize(initialization("video/mp4", VideoCategory, 9))},
		"append":         {"AppendMediaUploadResponse", w.append(w.initialize(initialization("video/mp4", VideoCategory, 9)).id(t), 0, []byte("x"))},
		"finalize":       {"FinalizeMediaUploadResponse", film},
		"status":         {"GetMediaUploadStatusResponse", w.status(film.id(t))},
		"metadata": {"CreateMediaMetadataResponse", w.send("POST", "/2/media/metadata", w.ada.AccessToken, jsonType,
			`{"id":"`+picture.id(t)+`","metadata":{"alt_text":{"text":"Noise"}}}`)},
		"delete": {"DeletePostsResponse", w.send("DELETE", "/2/tweets/"+id, w.ada.AccessToken, "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			if c.answer.data() == nil && c.answer.object["data"] == nil {
				t.Fatalf("no data in %s", c.answer.body)
			}
			for _, bad := range all.mismatches("$", all[c.schema], map[string]any(c.answer.object)) {
				t.Errorf("%s in %s", bad, c.answer.body)
			}
		})
	}
	t.Run("a post that is gone", func(t *testing.T) {
		r := w.get("/2/tweets/" + id)
		list, _ := r.object["errors"].([]any)
		if r.status != 200 || len(list) != 1 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		for _, bad := range all.mismatches("$", all["ResourceNotFoundProblem"], list[0]) {
			t.Errorf("%s in %s", bad, r.body)
		}
	})
}

// TestRequestsAreCheckedByXsSpecification: every field and bound that the
// simulator knows is X's. X's document has a few fields more.
func TestRequestsAreCheckedByXsSpecification(t *testing.T) {
	all := loadSchemas(t)
	var compare func(path string, ours shape, theirs schema)
	compare = func(path string, ours shape, theirs schema) {
		theirs = all.resolve(theirs)
		kind := map[string]string{"id": "string"}[ours.kind]
		if kind == "" {
			kind = ours.kind
		}
		if kind != theirs.Type {
			t.Errorf("%s: %s, and X has %s", path, ours.kind, theirs.Type)
		}
		if (ours.kind == "id") != (theirs.Pattern == "^[0-9]{1,19}$") {
			t.Errorf("%s: %s, and X has pattern %q", path, ours.kind, theirs.Pattern)
		}
		if low, high := theirs.MinItems+theirs.MinLength+theirs.Minimum, theirs.MaxItems+theirs.MaxLength+theirs.Maximum; ours.min != low || ours.max != high {
			t.Errorf("%s: %d to %d, and X has %d to %d", path, ours.min, ours.max, low, high)
		}
		if !slices.Equal(ours.enum, theirs.Enum) || !slices.Equal(ours.required, theirs.Required) {
			t.Errorf("%s: %q %q, and X has %q %q", path, ours.enum, ours.required, theirs.Enum, theirs.Required)
		}
		for _, name := range slices.Sorted(maps.Keys(ours.fields)) {
			field, ok := theirs.Properties[name]
			if !ok {
				t.Errorf("%s has no %s", path, name)
				continue
			}
			compare(path+"."+name, ours.fields[name], field)
		}
		if ours.items != nil {
			compare(path+"[]", *ours.items, *theirs.Items)
		}
	}
	compare("$", createShape(), all["CreatePostsRequest"])
	compare("$", metadataShape(), all["CreateMediaMetadataRequest"])
	compare("$.media_category", categoryShape(), all["MediaUploadRequest"].Properties["media_category"])
	compare("$.segment_index", segmentShape(), all["AppendMediaUploadRequest"].Properties["segment_index"])
	initialize := initializeShape()
	initialize.required = nil // see there
	initialize.fields["additional_owners"] = shape{kind: "array", items: &shape{kind: "id"}}
	compare("$", initialize, all["InitializeMediaUploadRequest"])
}
