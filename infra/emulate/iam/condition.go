package iam

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// LeadingKeys is the condition key with the partition keys of the items that a DynamoDB request names.
	LeadingKeys = "dynamodb:LeadingKeys"
	// EncryptionContext leads the condition keys with what a KMS request binds: kms:EncryptionContext:NAME.
	EncryptionContext = "kms:EncryptionContext:"

	forAll = "ForAllValues:"
)

// Context is what a request tells to conditions: the values of each condition key. What it does not tell is absent.
type Context map[string][]string

// Condition holds a request to values of its context.
type Condition struct {
	Operator string   // as Operators has it for the Key
	Key      string   // LeadingKeys, or EncryptionContext and a name
	Values   []string // each value of the request has to match one of these
}

// Operators are those that a condition key may be used with; none for a key that is not known. They are IAM's own rule,
// that keys with several values take ForAllValues and others do not, and as many as Spool's template needs.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func Operators(key string) []string {
	if key == LeadingKeys {
		return []string{forAll + "StringEquals", forAll + "StringLike"}
	}
	if name, ok := strings.CutPrefix(key, EncryptionContext); ok && name != "" {
		return []string{"StringEquals", "StringLike"}
	}
	return nil
}

// Check says what is wrong with a condition that the emulated services would not enforce.
func (c Condition) Check() error {
	operators := Operators(c.Key)
	switch {
	case operators == nil:
		return fmt.Errorf("the condition key %s is not supported; %s and %sNAME are", c.Key, LeadingKeys, EncryptionContext)
	case !slices.Contains(operators, c.Operator):
		return fmt.Errorf("the condition operator %s is not supported for %s; %s are", c.Operator, c.Key,
			strings.Join(operators, " and "))
	case len(c.Values) == 0:
		return fmt.Errorf("the condition on %s has no values", c.Key)
	}
	return nil
}

// holds reports whether a request's context fits. As in IAM, ForAllValues is also true of a request that does not tell
// the key at all, such as a Scan: a statement with it allows only actions that do.
func (c Condition) holds(context Context) bool {
	operator, all := strings.CutPrefix(c.Operator, forAll)
	given := context[c.Key]
	if len(given) == 0 {
		return all
	}
	for _, value := range given {
		if operator == "StringEquals" && !slices.Contains(c.Values, value) ||
			operator == "StringLike" && !matchesAny(c.Values, value, false) {
			return false
		}
	}
	return true
}

// bound is the context of a KMS request.
func bound(binding map[string]string) Context {
	context := Context{}
	for name, value := range binding {
		context[EncryptionContext+name] = []string{value}
	}
	return context
}
