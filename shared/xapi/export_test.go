package xapi

import "slices"

// RowOf is the row of the table of failures that a refusal fits, and how many
// there are.
func RowOf(e *Error) (row, of int) {
	rules := slices.Concat(unclear(), appRules(), accountRules(), postRules())
	return slices.IndexFunc(rules, func(r rule) bool { return r.when(e) }), len(rules)
}
