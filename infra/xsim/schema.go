package xsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// CreateRequest is the body of POST /2/tweets.
type CreateRequest struct {
	Text         string      `json:"text,omitempty"`
	Reply        *ReplyField `json:"reply,omitempty"`
	Media        *MediaField `json:"media,omitempty"`
	Poll         *PollField  `json:"poll,omitempty"`
	Quote        string      `json:"quote_tweet_id,omitempty"`
	ReplySetting string      `json:"reply_settings,omitempty"`
	Community    string      `json:"community_id,omitempty"`
	Share        bool        `json:"share_with_followers,omitempty"`
	SuperOnly    bool        `json:"for_super_followers_only,omitempty"`
	MadeWithAI   bool        `json:"made_with_ai,omitempty"`
	Paid         bool        `json:"paid_partnership,omitempty"`
	Nullcast     bool        `json:"nullcast,omitempty"`
	Card         string      `json:"card_uri,omitempty"`
	Geo          *GeoField   `json:"geo,omitempty"`
	Edit         *EditField  `json:"edit_options,omitempty"`
}

// ReplyField makes a post a reply.
type ReplyField struct {
	To string `json:"in_reply_to_tweet_id"`
}

// MediaField attaches uploaded media.
type MediaField struct {
	IDs    []string `json:"media_ids"`
	Tagged []string `json:"tagged_user_ids,omitempty"`
}

// PollField attaches a poll of 2 to 4 options.
type PollField struct {
	Options []string `json:"options"`
	Minutes int      `json:"duration_minutes"`
}

// GeoField attaches a place.
type GeoField struct {
	Place string `json:"place_id"`
}

// EditField makes a post the next version of another.
type EditField struct {
	Previous string `json:"previous_post_id"`
}

// shape is what X's schema says about one JSON value.
type shape struct {
	kind     string           // object, array, string, id, boolean, integer
	fields   map[string]shape // of an object; no others are accepted
	required []string
	items    *shape   // of an array
	min, max int      // items of an array, characters of a string, value of an integer; both 0: any
	enum     []string // of a string
}

// createShape is the schema of POST /2/tweets.
func createShape() shape {
	text, flag, id := shape{kind: "string"}, shape{kind: "boolean"}, shape{kind: "id"}
	return shape{kind: "object", fields: map[string]shape{
		"text": text,
		"reply": {kind: "object", required: []string{"in_reply_to_tweet_id"},
			fields: map[string]shape{"in_reply_to_tweet_id": id}},
		"media": {kind: "object", required: []string{"media_ids"}, fields: map[string]shape{
			"media_ids":       {kind: "array", items: &id, min: 1, max: 4},
			"tagged_user_ids": {kind: "array", items: &id, min: 0, max: 10},
		}},
		"poll": {kind: "object", required: []string{"options", "duration_minutes"}, fields: map[string]shape{
			"options":          {kind: "array", items: &shape{kind: "string", min: 1, max: 25}, min: 2, max: 4},
			"duration_minutes": {kind: "integer", min: 5, max: 10080},
		}},
		"reply_settings": {kind: "string", enum: []string{
			"following", "mentionedUsers", "subscribers", "verified",
		}},
		"quote_tweet_id":           id,
		"community_id":             id,
		"share_with_followers":     flag,
		"for_super_followers_only": flag,
		"made_with_ai":             flag,
		"paid_partnership":         flag,
		"nullcast":                 flag,
		"card_uri":                 text,
		"geo": {kind: "object", required: []string{"place_id"}, fields: map[string]shape{
			"place_id": text,
		}},
		"edit_options": {kind: "object", required: []string{"previous_post_id"},
			fields: map[string]shape{"previous_post_id": id}},
	}}
}

// initializeShape is the schema of POST /2/media/upload/initialize. X's document
// requires no field; without these three there is nothing to initialize.
func initializeShape() shape {
	return shape{kind: "object", required: []string{
		"media_type", "total_bytes", "media_category",
	}, fields: map[string]shape{
		"media_type": {kind: "string",
			enum: []string{"video/mp4", "video/webm", "video/mp2t", "video/quicktime", "text/srt", "text/vtt",
				"image/jpeg", "image/gif", "image/bmp", "image/png", "image/webp", "image/pjpeg", "image/tiff", "model/gltf-binary",
				"model/vnd.usdz+zip"}},
		"total_bytes": {kind: "integer", max: 17179869184},
		"media_category": {kind: "string", enum: []string{
			"amplify_video", "tweet_gif", "tweet_image", "tweet_video", "dm_gif", "dm_image", "dm_video", "subtitles",
		}},
		"shared":            {kind: "boolean"},
		"additional_owners": {kind: "array", items: &shape{kind: "id"}, max: 100},
	}}
}

// categoryShape is the schema of media_category in POST /2/media/upload.
func categoryShape() shape {
	return shape{
		kind: "string",
		enum: []string{"tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles"},
	}
}

// segmentShape is the schema of segment_index in an append.
func segmentShape() shape { return shape{kind: "integer", max: 999} }

// metadataShape is the schema of POST /2/media/metadata, as far as posts need it.
func metadataShape() shape {
	altText := shape{
		kind: "object", required: []string{"text"}, fields: map[string]shape{"text": {kind: "string", max: 1000}},
	}
	return shape{kind: "object", required: []string{"id"}, fields: map[string]shape{
		"id":       {kind: "id"},
		"metadata": {kind: "object", fields: map[string]shape{"alt_text": altText}},
	}}
}

// decodeShaped checks a body against a shape, field by field, and decodes it.
func decodeShaped(body []byte, s shape, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() || !utf8.Valid(body) {
		return invalid(Message{Message: messageJSON})
	}
	if err := checkValues("$", s, v); err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return invalid(Message{Message: err.Error()})
	}
	return nil
}

// checkValues refuses a value, found at path, that is not of the shape.
func checkValues(path string, s shape, v any) error {
	if messages := s.check(path, v); len(messages) > 0 {
		return invalid(messages...)
	}
	return nil
}

// check lists what is wrong with v, which is found at path.
func (s shape) check(path string, v any) []Message {
	complain := func(format string, args ...any) []Message {
		return []Message{{Message: path + ": " + fmt.Sprintf(format, args...)}}
	}
	switch s.kind {
	case "object":
		object, ok := v.(map[string]any)
		if !ok {
			return complain("object expected")
		}
		return s.checkObject(path, object)
	case "array":
		array, ok := v.([]any)
		if !ok {
			return complain("array expected")
		}
		if len(array) < s.min || len(array) > s.max {
			return complain("there must be a minimum of %d and a maximum of %d items in the array", s.min, s.max)
		}
		var all []Message
		for i, item := range array {
			all = append(all, s.items.check(fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		return all
	case "boolean":
		if _, ok := v.(bool); !ok {
			return complain("boolean expected")
		}
	case "integer":
		number, _ := v.(json.Number)
		if n, err := number.Int64(); err != nil || int(n) < s.min || int(n) > s.max {
			return complain("must be an integer between %d and %d", s.min, s.max)
		}
	default:
		return s.checkString(complain, v)
	}
	return nil
}

func (s shape) checkObject(path string, object map[string]any) []Message {
	var all []Message
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field, ok := s.fields[name]
		if !ok {
			all = append(all, Message{Message: path + "." + name + messageUndefined})
			continue
		}
		all = append(all, field.check(path+"."+name, object[name])...)
	}
	for _, name := range s.required {
		if _, ok := object[name]; !ok {
			all = append(all, Message{Message: path + "." + name + messageMissing})
		}
	}
	return all
}

func (s shape) checkString(complain func(string, ...any) []Message, v any) []Message {
	text, ok := v.(string)
	if !ok {
		return complain("string expected")
	}
	length := utf8.RuneCountInString(text)
	switch {
	case s.kind == "id" && !isID(text):
		return complain("does not match the regex pattern ^[0-9]{1,19}$")
	case s.max > 0 && (length < s.min || length > s.max):
		return complain("must be %d to %d characters long", s.min, s.max)
	case s.enum != nil && !slices.Contains(s.enum, text):
		return complain("does not have a value in the enumeration %q", s.enum)
	}
	return nil
}

// isID reports whether text has the form of X's ids.
func isID(text string) bool {
	if len(text) < 1 || len(text) > 19 {
		return false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
