// Package awsjson holds what SQS, KMS and DynamoDB have in common on the wire: the AWS JSON protocols 1.0 and 1.1,
// where a POST names its operation in the header X-Amz-Target, and an error is a body with its code in "__type".
//
// Source: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
package awsjson

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxBody bounds a request's body, in bytes. DynamoDB takes the largest ones, of 16 MB.
const maxBody = 16 << 20

// Error is a refusal as a client sees it.
type Error struct {
	Code    string // "ValidationException"
	Message string
	// QueryCode is the code of the older query protocol where it differs and SDKs still give it to programs (SQS).
	QueryCode string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Operation is the operation that the request names: "SendMessage" for "AmazonSQS.SendMessage".
func Operation(r *http.Request) string {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return operation
}

// Body reads the request's body; one that is too large or breaks off is an *Error.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &Error{
			Code: "RequestEntityTooLargeException", Message: fmt.Sprintf("The request is larger than %d bytes.", maxBody),
		}
	case err != nil:
		return nil, &Error{Code: "SerializationException", Message: "The request broke off: " + err.Error()}
	}
	return body, nil
}

// Serve answers the request with what do makes of its operation and body. An error that is no *Error becomes an
// internal failure (status 500), which SDKs retry.
func Serve(w http.ResponseWriter, r *http.Request, do func(operation string, body []byte) (any, error)) {
	body, err := Body(w, r)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	answer, err := do(Operation(r), body)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	write(w, r, http.StatusOK, answer)
}

// Decode reads a request's body into v.
func Decode(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return &Error{Code: "SerializationException", Message: "The request is not what the operation takes: " + err.Error()}
	}
	return nil
}

// WriteError answers with err, as Serve does.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	status, refusal := http.StatusInternalServerError, &Error{Code: "InternalFailure", Message: err.Error()}
	if errors.As(err, &refusal) {
		status = http.StatusBadRequest
	}
	if refusal.QueryCode != "" {
		w.Header().Set("X-Amzn-Query-Error", refusal.QueryCode+";Sender")
	}
	write(w, r, status, map[string]string{"__type": refusal.Code, "message": refusal.Message})
}

func write(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain structs come here
	}
	contentType := r.Header.Get("Content-Type")
	if !strings.HasPrefix(contentType, "application/x-amz-json-1.") {
		contentType = "application/x-amz-json-1.0"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Requestid", rand.Text())
	w.Header().Set("X-Amz-Crc32", Checksum(body))
	w.WriteHeader(status)
	w.Write(body)
}

// Checksum is the value of the header X-Amz-Crc32, which the DynamoDB clients hold a body against.
func Checksum(body []byte) string {
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)
}
