package vault

import (
	"net/url"
	"strings"

	"spool/shared/fault"
)

// parseReturn reads the address of X's redirect, or its query alone, as people paste it.
// Origin is all that stands before the query.
func parseReturn(address string) (ret Return, origin string, err error) {
	origin, query, whole := strings.Cut(unwrapped(address), "?")
	if !whole {
		if !strings.Contains(origin, "=") {
			return Return{}, "", notReturned("nothing stands behind the address")
		}
		origin, query = "", origin
	}
	query, _, _ = strings.Cut(query, "#")
	q, perr := url.ParseQuery(query)
	if perr != nil {
		return Return{}, "", notReturned("it cannot be read")
	}
	for _, name := range []string{"state", "code", "error"} {
		if len(q[name]) > 1 {
			return Return{}, "", notReturned("it has more than one " + name)
		}
	}
	ret = Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error")}
	switch {
	case q.Has("ticket"):
		return ret, origin, notReturned("it is the link that a connection begins with")
	case q.Has("code_challenge") || q.Has("redirect_uri"):
		return ret, origin, notReturned("it is X's own page, which asks for the access; the address that counts comes after it")
	case ret.State == "":
		return ret, origin, notReturned("it has no state, so that a part of it is missing")
	case ret.Code == "" && ret.Error == "":
		return ret, origin, notReturned("it has no code, so that a part of it is missing")
	}
	return ret, origin, nil
}

// notReturned refuses what was pasted, before it ends the flow.
func notReturned(why string) error {
	return fault.New(fault.Invalid, "This is not an address that X redirected to: %s.", why).At("redirect_url").
		Todo("Paste the whole address that the browser shows after you allowed the access.")
}

// unwrapped takes away what programs and people put around an address, and the line ends
// that a terminal put into it. No address has any of that.
func unwrapped(address string) string {
	address = strings.Join(strings.Fields(address), "")
	address = strings.Trim(address, "\"'`<>“”„‘’«»")
	return strings.ReplaceAll(address, "&amp;", "&")
}

// sameAddress reports whether origin, which may lack its scheme or be missing altogether,
// is the redirect that X was given.
func sameAddress(origin, redirect string) bool {
	_, bare, _ := strings.Cut(redirect, "://")
	return origin == "" || origin == redirect || origin == bare
}
