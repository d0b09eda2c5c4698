package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2/validation"

	"spool/shared/httpapi"
)

func TestEveryMessageOfTheValidatorHasPlainWords(t *testing.T) {
	for _, message := range []string{
		validation.MsgUnexpectedProperty, validation.MsgExpectedRFC3339DateTime, validation.MsgExpectedBoolean, validation.MsgExpectedNumber,
		validation.MsgExpectedInteger, validation.MsgExpectedString, validation.MsgExpectedBase64String, validation.MsgExpectedArray,
		validation.MsgExpectedObject, validation.MsgExpectedArrayItemsUnique, validation.MsgExpectedOneOf, validation.MsgExpectedMinimumNumber,
		validation.MsgExpectedExclusiveMinimumNumber, validation.MsgExpectedMaximumNumber, validation.MsgExpectedExclusiveMaximumNumber,
		validation.MsgExpectedNumberBeMultipleOf, validation.MsgExpectedMinLength, validation.MsgExpectedMaxLength, validation.MsgExpectedBePattern,
		validation.MsgExpectedMatchPattern, validation.MsgExpectedMinItems, validation.MsgExpectedMaxItems, validation.MsgExpectedRequiredProperty,
		validation.MsgExpectedDependentRequiredProperty,
	} {
		say, todo := httpapi.InPlainWords(strings.NewReplacer("%v", "7", "%d", "7", "%s", "seven").Replace(message))
		if strings.Contains(say, "expected") || strings.Contains(say, "%") || strings.HasPrefix(say, "This is not as the API") || todo == "" {
			t.Errorf("%q is told as %q, %q", message, say, todo)
		}
	}
	if say, _ := httpapi.InPlainWords("canary"); strings.Contains(say, "canary") {
		t.Errorf("an unknown message is repeated: %q", say)
	}
}

func TestRefusalsSayWhereAndWhatToDo(t *testing.T) {
	const nobody = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
	const post, media, edit, resolve = "POST /v1/posts", "POST /v1/media", "PATCH /v1/posts/" + nobody, "POST /v1/posts/" + nobody + "/resolve"
	for _, tc := range []struct {
		name, where, body string
		status            int
		field, say, todo  string
	}{
		{"nothing sent", post, ``, 400, "", "This needs a body, and there is none.", "Send the fields as JSON"},
		{"JSON that breaks off", post, "{\n  \"tweets\": [}", 400, "", "The body is not JSON from line 2, character 14 on.", "a bracket"},
		{"JSON with characters of several bytes", post, `{"é", 1}`, 400, "", "The body is not JSON from line 1, character 5 on.", "a comma"},
		{"a number beyond all", edit, `{"lateness_seconds":1e999}`, 400, "", "a number that is too large, just before line 1, character 26.", "smaller"},
		{"a whole number in other words", edit, `{"lateness_seconds":1e2}`, 422, "", "not whole", "digits only"},
		{"Latin-1", post, "{\"tweets\":[{},\n{\"text\":\"caf\xe9\"}]}", 400, "tweets[1].text", "The JSON is not UTF-8: see byte 27, in line 2.", "UTF-8"},
		{"Latin-1 that API Gateway has mended", post, "{\"tweets\":[{\"text\":\"caf\ufffd\"}]}", 400, "tweets[0].text", "byte 23", `write \ufffd`},
		{"half a character", post, `{"tweets":[{"text":"a"}],"at":"\ud83d"}`, 400, "at", "half a character", "both halves"},
		{"half a character in a preview", "POST /v1/preview", `{"text":"\ude00"}`, 400, "text", "half a character", "both halves"},
		{"half a character in an edit", edit, `{"tweets":[{"text":"\ud83dx"}]}`, 400, "tweets[0].text", "half a character", "both halves"},
		{"half a character in a file's name", media, `{"filename":"\ud83d.png"}`, 400, "filename", "half a character", "both halves"},
		{"a list for an object", post, `[]`, 422, "", "This must be an object, which is fields with their values.", "braces"},
		{"no thread", post, `{}`, 422, "tweets", "There is nothing to post.", "or a text to split"},
		{"a missing field", resolve, `{"outcome":"absent"}`, 422, "thread_position", "This field is missing.", "Add it"},
		{"a thread and a text", post, `{"tweets":[{"text":"a"}],"text":"b"}`, 422, "text", "There are both tweets and a text.", "Leave one"},
		{"numbers for tweets", post, `{"tweets":[{"text":"a"}],"numbering":{"format":"1/n"}}`, 422, "tweets", "Only a text is split and numbered", "leave out format"},
		{"an unknown field", post, `{"tweets":[{"text":"a"}],"when":1}`, 422, "when", "There is no such field here.", "correct its name"},
		{"a name in other letters", post, `{"Tweets":[{"text":"a"}]}`, 422, "Tweets", "There is no such field here.", "correct its name"},
		{"a number for a text", post, `{"tweets":[{"text":1}]}`, 422, "tweets[0].text", "This must be a text.", "quotation marks"},
		{"a text for a number", edit, `{"lateness_seconds":"5"}`, 422, "lateness_seconds", "This must be a whole number.", "such as 5"},
		{"a number that is too large", edit, `{"lateness_seconds":31536001}`, 422, "lateness_seconds", "it may be 31536000 at most", "smaller"},
		{"none of the choices", resolve, `{"thread_position":1,"outcome":"maybe"}`, 422, "outcome", "This must be one of published or absent.", "Choose"},
		{"no digits", media, `{"content_type":"image/png","bytes":1,"sha256":"xyz"}`, 422, "sha256", "This does not have the form", "/docs"},
		{"an empty list", post, `{"tweets":[]}`, 422, "tweets", "This list must not be empty.", "Add"},
		{"an id that is too long", "GET /v1/posts/" + strings.Repeat("x", 65), ``, 404, "", "There is no post", "List the posts"},
		{"an unknown parameter", "GET /v1/posts?colour=red", ``, 422, "query.colour", "There is no such parameter here.", "correct its name"},
		{"a missing parameter", "GET /v1/price", ``, 422, "query.month", "This parameter is missing.", "Add it"},
		{"no number in the address", "GET /v1/posts?limit=many", ``, 422, "query.limit", "This must be a whole number.", "such as 5"},
		{"too large a body", post, `{"tweets":[{"text":"` + strings.Repeat("x", 2_500_000) + `"}]}`, 413, "", "The request is larger than 2500 kB.", "Split"},
		{"a field whose name never ends", post, `{"` + strings.Repeat("n", 5_000) + `":1,"tweets":[{"text":"a"}]}`, 422, strings.Repeat("n", 120) + "…", "no such field", "Leave it out"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			method, path, _ := strings.Cut(tc.where, " ")
			status, out := newWorld(t).do(method, path, tc.body)
			say, _ := out["detail"].(string)
			todo, _ := out["todo"].(string)
			field, _ := out["field"].(string)
			if status != tc.status || field != tc.field || !strings.Contains(say, tc.say) || !strings.Contains(todo, tc.todo) || todo == "" {
				t.Errorf("got %d at %q: %s %s", status, field, say, todo)
			}
		})
	}
	t.Run("a body that is no JSON by its type", func(t *testing.T) {
		r := httptest.NewRequest("POST", "/v1/posts", strings.NewReader("a=b"))
		r.Header.Set("Authorization", "Bearer "+adminKey)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		newWorld(t).api.ServeHTTP(rec, r)
		if rec.Code != http.StatusUnsupportedMediaType || !strings.Contains(rec.Body.String(), "A body must be JSON.") {
			t.Errorf("got %d %s", rec.Code, rec.Body)
		}
	})
}
