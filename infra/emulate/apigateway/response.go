package apigateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// response is what a function answers.
type response struct {
	StatusCode      int            `json:"statusCode"`
	Headers         map[string]any `json:"headers"` // strings, numbers and booleans
	Cookies         []string       `json:"cookies"`
	Body            string         `json:"body"`
	IsBase64Encoded bool           `json:"isBase64Encoded"`
}

// parseResponse reads an answer. An object with a statusCode is a response; any other JSON is the body of one.
func parseResponse(answer []byte) (response, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(answer, &object); err != nil || object["statusCode"] == nil {
		return plainResponse(answer)
	}
	var out response
	if err := json.Unmarshal(answer, &out); err != nil {
		return response{}, err
	}
	if out.StatusCode < 200 || out.StatusCode > 599 {
		return response{}, fmt.Errorf("the status code is %d", out.StatusCode)
	}
	for name, value := range out.Headers {
		switch value.(type) {
		case string, float64, bool:
		default:
			return response{}, fmt.Errorf("the header %s is no string", name)
		}
	}
	if out.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(out.Body)
		if err != nil {
			return response{}, fmt.Errorf("the body is not base64: %w", err)
		}
		out.Body = string(body)
	}
	return out, nil
}

// plainResponse is the one for an answer without a status code. A JSON string stands for its text.
func plainResponse(answer []byte) (response, error) {
	if !json.Valid(answer) {
		return response{}, errors.New("the answer is no JSON")
	}
	out := response{
		StatusCode: http.StatusOK, Headers: map[string]any{"content-type": "application/json"}, Body: string(answer),
	}
	var text string
	if json.Unmarshal(answer, &text) == nil {
		out.Body = text
	}
	return out, nil
}

// write sends the response. What frames the message is the server's business and does not pass.
func (out response) write(w http.ResponseWriter) {
	h := w.Header()
	for name, value := range out.Headers {
		switch strings.ToLower(name) {
		case "connection", "content-length", "transfer-encoding":
		default:
			h.Set(name, fmt.Sprint(value))
		}
	}
	for _, cookie := range out.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	w.WriteHeader(out.StatusCode)
	w.Write([]byte(out.Body))
}
