// Package iam answers whether a function may do what it asks of an emulated AWS service.
package iam

import (
	"context"
	"net/http"
)

// Principal is who signs with an access key.
type Principal struct {
	Name string // the function's name, under which its calls are counted: "publish"
	ARN  string // what AWS's refusals call it; see FunctionARN
}

// FunctionARN is the ARN under which a function's role session appears:
// arn:aws:sts::000000000000:assumed-role/NAME-role/NAME.
func FunctionARN(function string) string { panic("skeleton") }

// Statement allows each of its actions on each of its resources. Both may hold "*" for any
// run of characters and "?" for any one, as in "dynamodb:Get*" and "…:table/posts/index/*".
type Statement struct {
	Actions   []string
	Resources []string
}

// Policies knows the principals by access key id. It is safe for concurrent use.
type Policies struct{}

// Add lets accessKeyID sign for who, with what statements allow. A second Add for the same key replaces the first.
func (p *Policies) Add(accessKeyID string, who Principal, statements ...Statement) {}

// Allowed is nil when the key's principal may perform action ("dynamodb:PutItem") on the resource ARN, else a *DeniedError.
func (p *Policies) Allowed(accessKeyID, action, resource string) error { return nil }

// DeniedError is AWS's AccessDeniedException.
type DeniedError struct{ Principal, Action, Resource string }

func (e *DeniedError) Error() string { return "" }

// Call is what a request asks for: an action and the ARNs of everything it touches.
type Call struct {
	Action    string
	Resources []string
}

// An Inspector reads from an operation ("PutItem") and its body what the request asks for.
type Inspector func(operation string, body []byte) (Call, error)

// DynamoDB inspects DynamoDB's requests.
func DynamoDB(operation string, body []byte) (Call, error) { return Call{}, nil }

// SQS inspects SQS's requests.
func SQS(operation string, body []byte) (Call, error) { return Call{}, nil }

// KMS inspects KMS's requests; keyARN (the method of kms.Server) gives the ARN of the key
// that a request names, or else of the key that sealed its ciphertext.
func KMS(keyARN func(keyID string, ciphertext []byte) string) Inspector { return nil }

// Guard passes on to next what the policies allow, with the caller and the call in the
// request's context, and answers everything else as AWS does.
func (p *Policies) Guard(inspect Inspector, next http.Handler) http.Handler { return next }

// Caller gives the principal that Guard found.
func Caller(ctx context.Context) (Principal, bool) { return Principal{}, false }
