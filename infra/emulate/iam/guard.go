package iam

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"spool/infra/emulate/awsjson"
)

var (
	// ErrUnsigned says that a request carries no signature.
	ErrUnsigned = &awsjson.Error{
		Code: "MissingAuthenticationTokenException", Message: "Request is missing Authentication Token",
	}
	// ErrUnknownKey says that a request is signed with a key that Policies does not know.
	ErrUnknownKey = &awsjson.Error{
		Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid.",
	}
)

// AccessKeyID reads the key id from a request signed with Signature Version 4, in its header or, in a presigned URL, in
// its query. Without one it is ErrUnsigned.
func AccessKeyID(r *http.Request) (string, error) {
	if presigned(r) {
		id, _, _ := strings.Cut(r.URL.Query().Get("X-Amz-Credential"), "/")
		return id, nil
	}
	return signer(r)
}

// presigned reports whether a request's signature is in its address.
func presigned(r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && r.URL.Query().Has("X-Amz-Signature")
}

// signer reads the key id from a request's header:
// "AWS4-HMAC-SHA256 Credential=KEYID/20260102/us-east-1/sqs/aws4_request, SignedHeaders=…, Signature=…".
func signer(r *http.Request) (string, error) {
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

// Admit gives the request of a service that does not speak AWS's JSON, with its caller and the call in its context.
// What the policies do not allow, or another secret signed, is a *DeniedError, ErrUnsigned, ErrUnknownKey or
// ErrSignature. The signature of a presigned URL is verified by verifyURL, with the key's secret: no address is taken
// without one.
func (p *Policies) Admit(r *http.Request, verifyURL func(keyID, secret string) error,
	calls ...Call) (*http.Request, error) {
	id, err := AccessKeyID(r)
	if err != nil {
		return nil, err
	}
	proof := func(secret string) error { return verify(r, r.Header.Get(contentHash), id, secret, time.Now()) }
	if presigned(r) {
		proof = func(secret string) error { return verifyURL(id, secret) }
	}
	a, err := p.admit(r, id, proof, func() ([]Call, error) { return calls, nil })
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
		a, err := p.signed(r, body, inspect)
		if err != nil {
			awsjson.WriteError(w, r, wireError(err))
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, a))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// signed admits a request whose header has a signature of it and of its body. None is taken from its address: the id of
// a key is no secret, since each presigned URL shows it.
func (p *Policies) signed(r *http.Request, body []byte, inspect Inspector) (admitted, error) {
	id, err := signer(r)
	if err != nil {
		return admitted{}, err
	}
	sum := sha256.Sum256(body)
	proof := func(secret string) error { return verify(r, hex.EncodeToString(sum[:]), id, secret, time.Now()) }
	return p.admit(r, id, proof, func() ([]Call, error) {
		call, err := inspect(awsjson.Operation(r), body)
		return []Call{call}, err
	})
}

// admit finds whose a key is, has the request prove that it was signed with its secret, and finds whether all that it
// asks for is allowed.
func (p *Policies) admit(r *http.Request, id string, proof func(secret string) error,
	asked func() ([]Call, error)) (admitted, error) {
	g, ok := p.grant(id)
	if !ok || !sameToken(r, g.token) {
		return admitted{}, ErrUnknownKey
	}
	if err := proof(g.secret); err != nil {
		return admitted{}, err
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

// sameToken reports whether a request brings the token of a session; one that is signed in its address has it there.
func sameToken(r *http.Request, token string) bool {
	given := r.Header.Get("X-Amz-Security-Token")
	if presigned(r) {
		given = r.URL.Query().Get("X-Amz-Security-Token")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}

// wireError gives a denial its code on the wire.
func wireError(err error) error {
	var denied *DeniedError
	if errors.As(err, &denied) {
		return &awsjson.Error{Code: "AccessDeniedException", Message: denied.Error()}
	}
	return err
}
