package iam

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"spool/infra/emulate/awsjson"
)

var (
	// ErrUnsigned says that a request carries no signature.
	ErrUnsigned = &awsjson.Error{Code: "MissingAuthenticationTokenException", Message: "Request is missing Authentication Token"}
	// ErrUnknownKey says that a request is signed with a key that Policies does not know.
	ErrUnknownKey = &awsjson.Error{Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid."}
)

// AccessKeyID reads the key id from a request signed with Signature Version 4, in its header
// "AWS4-HMAC-SHA256 Credential=KEYID/20260102/us-east-1/sqs/aws4_request, SignedHeaders=…, Signature=…"
// or, in a presigned URL, in its query. Without one it is ErrUnsigned.
func AccessKeyID(r *http.Request) (string, error) {
	if scope := r.URL.Query().Get("X-Amz-Credential"); scope != "" {
		id, _, _ := strings.Cut(scope, "/")
		return id, nil
	}
	fields, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return "", ErrUnsigned
	}
	for field := range strings.SplitSeq(fields, ",") {
		if scope, ok := strings.CutPrefix(strings.TrimSpace(field), "Credential="); ok {
			if id, _, ok := strings.Cut(scope, "/"); ok && id != "" {
				return id, nil
			}
		}
	}
	return "", ErrUnsigned
}

type contextKey struct{}

type admitted struct {
	who  Principal
	call Call
}

// Caller gives what Guard found out about the request of this context.
func Caller(ctx context.Context) (Principal, Call, bool) {
	a, ok := ctx.Value(contextKey{}).(admitted)
	return a.who, a.call, ok
}

// Admit gives the request of a service that does not speak AWS's JSON, with its caller and the call in its context. What
// the policies do not allow, or another secret signed, is a *DeniedError, ErrUnsigned, ErrUnknownKey or ErrSignature. The
// signature of a presigned URL is the service's to verify.
func (p *Policies) Admit(r *http.Request, calls ...Call) (*http.Request, error) {
	a, err := p.admit(r, nil, func() ([]Call, error) { return calls, nil })
	if err != nil {
		return nil, err
	}
	return r.WithContext(context.WithValue(r.Context(), contextKey{}, a)), nil
}

// Guard passes on to next what the policies allow, with the caller and the call in the request's context, and answers
// everything else as AWS does.
func (p *Policies) Guard(inspect Inspector, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := awsjson.Body(w, r)
		if err != nil {
			awsjson.WriteError(w, r, err)
			return
		}
		a, err := p.admit(r, body, func() ([]Call, error) {
			call, err := inspect(awsjson.Operation(r), body)
			return []Call{call}, err
		})
		if err != nil {
			awsjson.WriteError(w, r, wireError(err))
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, a))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// admit finds who sent a request, and whether all that it asks for is allowed.
func (p *Policies) admit(r *http.Request, body []byte, asked func() ([]Call, error)) (admitted, error) {
	id, err := AccessKeyID(r)
	if err != nil {
		return admitted{}, err
	}
	g, ok := p.grant(id)
	if !ok {
		return admitted{}, ErrUnknownKey
	}
	if r.Header.Get("Authorization") != "" {
		if err := verify(r, body, id, g.secret, time.Now()); err != nil {
			return admitted{}, err
		}
	}
	calls, err := asked()
	if err != nil {
		return admitted{}, err
	}
	for _, call := range calls {
		for _, resource := range call.Resources {
			if err := p.Allowed(id, call.Action, resource, call.Context); err != nil {
				return admitted{}, err
			}
		}
	}
	return admitted{g.who, calls[0]}, nil
}

// wireError gives a denial its code on the wire.
func wireError(err error) error {
	var denied *DeniedError
	if errors.As(err, &denied) {
		return &awsjson.Error{Code: "AccessDeniedException", Message: denied.Error()}
	}
	return err
}
