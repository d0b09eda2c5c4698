package iam

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
)

// ErrSignature says that a request was not signed with its key's secret.
var ErrSignature = &awsjson.Error{
	Code:    "SignatureDoesNotMatch",
	Message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
}

// maxAge is how old a signature may be, either way.
const maxAge = 15 * time.Minute

const (
	timeFormat  = "20060102T150405Z"
	contentHash = "X-Amz-Content-Sha256"
)

// verify signs a request again, with the headers that its signature names and the SHA-256 of its body in hexadecimal,
// and compares.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
func verify(r *http.Request, hash, keyID, secret string, now time.Time) error {
	given := r.Header.Get("Authorization")
	at, err := time.Parse(timeFormat, r.Header.Get("X-Amz-Date"))
	if err != nil || now.Sub(at).Abs() > maxAge {
		return ErrSignature
	}
	_, rest, _ := strings.Cut(given, "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	again := &http.Request{
		Method: r.Method, Host: r.Host, Header: http.Header{},
		URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
	}
	for name := range strings.SplitSeq(names, ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	_, scope, _ := strings.Cut(given, "Credential=")
	service := strings.Split(scope+"////", "/")[3]
	err = v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{
		AccessKeyID: keyID, SecretAccessKey: secret,
	}, again, hash, service, emulate.Region, at,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err != nil || subtle.ConstantTimeCompare([]byte(again.Header.Get("Authorization")), []byte(given)) != 1 {
		return ErrSignature
	}
	return nil
}
