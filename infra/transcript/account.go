package transcript

import (
	"fmt"

	"spool/shared/account"
)

// Account tells what the record of an account says of its pair.
func Account(l *Talk, a account.Account) string {
	all := fmt.Sprintf("%s, pair %d", a.Health, a.Version)
	if a.Spent {
		all += ", may be spent"
	}
	if a.Failures > 0 {
		all += fmt.Sprintf(", failed %dx", a.Failures)
	}
	if a.Lease.Owner != "" {
		all += fmt.Sprintf(", lease %d until %s", a.Lease.Term, l.Time(a.Lease.Until))
	}
	if !a.RefreshAt.IsZero() {
		all += ", next " + l.Time(a.RefreshAt)
	}
	if a.Reason != nil {
		all += ", " + string(a.Reason.Code)
	}
	for _, e := range a.Events {
		all += ", tells " + string(e.Kind)
	}
	return all
}
