package iam

import (
	"errors"
	"testing"

	"spool/infra/emulate"
)

func TestAllowed(t *testing.T) {
	posts, accounts := emulate.ARN("dynamodb", "table/posts"), emulate.ARN("dynamodb", "table/accounts")
	queue := emulate.ARN("sqs", "publish")
	p := &Policies{}
	p.Add("AKPUBLISH", "secret", Principal{Name: "publish", ARN: FunctionARN("publish")},
		Statement{Actions: []string{"dynamodb:Get*", "dynamodb:PutItem"}, Resources: []string{posts, posts + "/index/*"}},
		Statement{Actions: []string{"sqs:SendMessage"}, Resources: []string{"arn:aws:sqs:*:*:publish"}},
	)
	for _, tt := range []struct {
		name, action, resource string
		allowed                bool
	}{
		{"a named action on a named resource is allowed", "dynamodb:PutItem", posts, true},
		{"a wildcard action is allowed", "dynamodb:GetItem", posts, true},
		{"an action's case does not matter", "DynamoDB:getitem", posts, true},
		{"a wildcard resource is allowed", "dynamodb:GetItem", posts + "/index/due", true},
		{"wildcards inside an ARN are allowed", "sqs:SendMessage", queue, true},
		{"another action is denied", "dynamodb:DeleteItem", posts, false},
		{"an action that only begins like an allowed one is denied", "dynamodb:PutItems", posts, false},
		{"another resource is denied", "dynamodb:PutItem", accounts, false},
		{"a resource that only begins like an allowed one is denied", "dynamodb:PutItem", posts + "2", false},
		{"a resource's case matters", "dynamodb:PutItem", emulate.ARN("dynamodb", "table/Posts"), false},
		{"statements do not mix", "sqs:SendMessage", posts, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := p.Allowed("AKPUBLISH", tt.action, tt.resource, nil)
			var denied *DeniedError
			if got := err == nil; got != tt.allowed || !got && !errors.As(err, &denied) {
				t.Errorf("Allowed(%s, %s) = %v, want allowed %v", tt.action, tt.resource, err, tt.allowed)
			}
		})
	}
	t.Run("the refusal is AWS's sentence", func(t *testing.T) {
		const want = "User: arn:aws:sts::000000000000:assumed-role/publish-role/publish is not authorized to perform: dynamodb:PutItem" +
			" on resource: arn:aws:dynamodb:us-east-1:000000000000:table/accounts because no identity-based policy allows the dynamodb:PutItem action"
		if got := p.Allowed("AKPUBLISH", "dynamodb:PutItem", accounts, nil).Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("an unknown key is told so", func(t *testing.T) {
		if err := p.Allowed("AKOTHER", "dynamodb:PutItem", posts, nil); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b:c", true},
		{"a*", "a", true},
		{"a*c", "abc", true},
		{"a*c", "abcb", false},
		{"a*b*c", "a1b2b3c", true}, // needs to step back to a later "b"
		{"*abc", "ababc", true},    // and here within a partly matched tail
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a**", "a", true},
		{"ab", "a", false},
	} {
		if got := matches(tt.pattern, tt.s); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}
