package connect

import (
	"net/url"
	"strings"
	"unicode"

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
		return ret, origin, notReturned("it is X's own page, which asks for the access; " +
			"the address that counts comes after it")
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
		Todo("Paste the whole address that the browser shows after you gave Spool access on X.")
}

// unwrapped takes away what programs and people put around an address, and what a
// terminal or a chat put into it. No address has any of that.
func unwrapped(address string) string {
	address = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, wrapping.Replace(address))
	return strings.Trim(address, "\"'`<>()[]“”„‘’«».,;")
}

// wrapping takes away the marks of terminals around what is pasted, and HTML's way
// to write an ampersand.
var wrapping = strings.NewReplacer("\x1b[200~", "", "\x1b[201~", "", "&amp;", "&", "&#38;", "&", "&#x26;", "&")

// sameAddress reports whether origin, which may lack its scheme or be missing altogether,
// is the redirect that X was given.
func sameAddress(origin, redirect string) bool {
	_, bare, _ := strings.Cut(redirect, "://")
	scheme, rest, whole := strings.Cut(origin, "://")
	if whole {
		origin = strings.ToLower(scheme) + "://" + rest
	}
	return origin == "" || origin == redirect || origin == bare
}
