// Package sns is as much of SNS as functions ask of it: Publish, in AWS's query protocol. Topics have no subscribers
// here; what is published is kept, so that it can be looked at.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
package sns

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
)

const (
	maxBody    = 1 << 20
	maxMessage = 256 << 10
	maxSubject = 99
	kept       = 200 // messages, the newest
)

// Message is what was published.
type Message struct {
	At      time.Time `json:"at"`
	Topic   string    `json:"topic"` // its ARN
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
}

// Server answers SNS's requests. It is safe for concurrent use, and its zero value is ready.
type Server struct {
	mu       sync.Mutex
	messages []Message
}

// Inspect reads from the body of a request what it asks for: see [iam.Inspector]. A denial is answered in AWS's JSON,
// which to SNS's clients is an answer that they cannot read.
func Inspect(_ string, body []byte) (iam.Call, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return iam.Call{}, err
	}
	call := iam.Call{Action: "sns:" + form.Get("Action"), Resources: []string{"*"}}
	if topic := form.Get("TopicArn"); topic != "" {
		call.Resources = []string{topic}
	}
	return call, nil
}

// Messages are what was published last, the oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// ServeMail shows what was published, as JSON.
func (s *Server) ServeMail(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"mail": append([]Message{}, s.Messages()...)}) // the browser is gone
}

// published is SNS's answer.
type published struct {
	XMLName   xml.Name `xml:"https://sns.amazonaws.com/doc/2010-03-31/ PublishResponse"`
	MessageID string   `xml:"PublishResult>MessageId"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

// refused is SNS's error.
type refused struct {
	XMLName   xml.Name `xml:"https://sns.amazonaws.com/doc/2010-03-31/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	form, perr := url.ParseQuery(string(body))
	switch {
	case err != nil || perr != nil:
		refuse(w, "MalformedInput", "The request is no form.")
	case form.Get("Action") != "Publish":
		refuse(w, "InvalidAction", "Only Publish is emulated.")
	case !strings.HasPrefix(form.Get("TopicArn"), emulate.ARN("sns", "")):
		refuse(w, "InvalidParameter", "Invalid parameter: TopicArn")
	case !isSubject(form.Get("Subject")):
		refuse(w, "InvalidParameter", "Invalid parameter: Subject")
	case form.Get("Message") == "" || len(form.Get("Message")) > maxMessage || !utf8.ValidString(form.Get("Message")):
		refuse(w, "InvalidParameter", "Invalid parameter: Message")
	default:
		s.mu.Lock()
		s.messages = append(s.messages, Message{
			time.Now().UTC(), form.Get("TopicArn"), form.Get("Subject"), form.Get("Message"),
		})
		s.messages = s.messages[max(0, len(s.messages)-kept):]
		s.mu.Unlock()
		write(w, http.StatusOK, published{MessageID: emulate.UUID(), RequestID: emulate.UUID()})
	}
}

// isSubject reports whether SNS takes a subject: ASCII, less than 100 characters of it, without line breaks and control
// characters, beginning with a letter, a number or a punctuation mark.
func isSubject(s string) bool {
	return s != "" && len(s) <= maxSubject && s[0] != ' ' &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func refuse(w http.ResponseWriter, code, message string) {
	write(w, http.StatusBadRequest, refused{Type: "Sender", Code: code, Message: message, RequestID: emulate.UUID()})
}

func write(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(answer) // the client is gone
}
