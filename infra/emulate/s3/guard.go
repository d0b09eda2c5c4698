package s3

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
)

// Guard passes on to next what the policies allow, with its caller in the context, and answers everything else as S3
// does. A presigned URL is good for what was signed: its signature covers the
// headers that it names, and ends with its time.
func Guard(p *iam.Policies, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		admitted, err := p.Admit(r, func(keyID, secret string) error {
			return verify(r, keyID, secret, time.Now())
		}, calls(r)...)
		if err != nil {
			writeError(w, r, refusal(err))
			return
		}
		next.ServeHTTP(&answer{ResponseWriter: w, hides: !lists(p, r)}, admitted)
	})
}

// answer is as S3 answers: "not found" is "forbidden" for who may not list the bucket, and a part has no checksum.
type answer struct {
	http.ResponseWriter
	hides bool
}

func (a *answer) WriteHeader(status int) {
	if a.hides && status == http.StatusNotFound {
		status = http.StatusForbidden
	}
	if status == http.StatusPartialContent { // a checksum is of the whole object
		for name := range a.Header() {
			if strings.HasPrefix(name, "X-Amz-Checksum-") {
				a.Header().Del(name)
			}
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

func lists(p *iam.Policies, r *http.Request) bool {
	id, _ := iam.AccessKeyID(r)
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return p.Allowed(id, "s3:ListBucket", "arn:aws:s3:::"+bucket, nil) == nil
}

// calls is what the request asks for. Copying reads one object and writes another.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func calls(r *http.Request) []iam.Call {
	action := map[string]string{
		http.MethodGet: "s3:GetObject", http.MethodHead: "s3:GetObject", http.MethodPut: "s3:PutObject",
		http.MethodDelete: "s3:DeleteObject",
	}[r.Method]
	path := strings.TrimPrefix(r.URL.Path, "/")
	if _, object, _ := strings.Cut(path, "/"); object == "" || action == "" {
		return []iam.Call{{Action: "s3:" + r.Method, Resources: []string{"*"}}} // nothing that Spool asks for
	}
	all := []iam.Call{{Action: action, Resources: []string{"arn:aws:s3:::" + path}}}
	if source := r.Header.Get(copySource); source != "" {
		if plain, err := url.PathUnescape(source); err == nil {
			source = plain
		}
		all = append(all, iam.Call{
			Action: "s3:GetObject", Resources: []string{"arn:aws:s3:::" + strings.TrimPrefix(source, "/")},
		})
	}
	return all
}

// verify signs a presigned request again and compares.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
func verify(r *http.Request, keyID, secret string, now time.Time) error {
	query := r.URL.Query()
	at, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	seconds, err2 := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err := errors.Join(err, err2); err != nil {
		return &Error{http.StatusBadRequest, "AuthorizationQueryParametersError", err.Error()}
	}
	if now.After(at.Add(time.Duration(seconds) * time.Second)) {
		return &Error{http.StatusForbidden, "AccessDenied", "Request has expired"}
	}
	given := query.Get("X-Amz-Signature")
	again := &http.Request{
		Method: r.Method, Host: r.Host, Header: http.Header{},
		URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath},
	}
	for name := range strings.SplitSeq(query.Get("X-Amz-SignedHeaders"), ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	if r.Header.Get(copySource) != "" && again.Header[copySource] == nil {
		return &Error{http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed"}
	}
	query.Del("X-Amz-Signature")
	again.URL.RawQuery = query.Encode()
	signed, _, err := v4.NewSigner().
		PresignHTTP(r.Context(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}, again,
			"UNSIGNED-PAYLOAD", "s3", emulate.Region, at, func(o *v4.SignerOptions) {
				o.DisableHeaderHoisting, o.DisableURIPathEscaping = true, true
			})
	if err != nil {
		return err
	}
	u, err := url.Parse(signed)
	if err != nil || subtle.ConstantTimeCompare([]byte(u.Query().Get("X-Amz-Signature")), []byte(given)) != 1 {
		return &Error{
			http.StatusForbidden, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		}
	}
	return nil
}

// refusal gives a denial its form on the wire.
func refusal(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{http.StatusForbidden, "AccessDenied", err.Error()}
}
