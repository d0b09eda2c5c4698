package wire

import (
	"net/http"
	"strconv"

	"spool/shared/fault"
)

// Problem is an error document of media type application/problem+json (RFC
// 9457). Values that the caller sent are never repeated in it: they may be
// secrets.
type Problem struct {
	Type   string       `json:"type" doc:"Always about:blank: code says what it is"`
	Title  string       `json:"title" doc:"The status in words"`
	Status int          `json:"status" doc:"The HTTP status"`
	Code   fault.Code   `json:"code" doc:"Stable code, such as invalid_request"`
	Detail string       `json:"detail" doc:"What is wrong, in a sentence"`
	Field  string       `json:"field,omitempty" doc:"Where, such as tweets[2].text"`
	Todo   string       `json:"todo,omitempty" doc:"What to do about it"`
	Errors []FieldError `json:"errors,omitempty" doc:"All of several faults"`

	RetryAfter int `json:"retry_after,omitempty" doc:"Seconds after which the same request may succeed; the header Retry-After says the same"`
}

// FieldError is one of several faults of a request.
type FieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code,omitempty" doc:"Stable code of the rule that is broken"`
	Message string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError, which the server answers errors by.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	if p.RetryAfter == 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(p.RetryAfter)}}
}
