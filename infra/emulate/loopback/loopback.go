// Package loopback keeps the servers of a local stack to this machine's own programs.
//
// Whatever listens on 127.0.0.1 is reached by every web page that a browser of this machine shows: by requests to the
// port, whose answers the page may read where a server says so, and by DNS rebinding, where the page's own name comes
// to mean 127.0.0.1 and everything is of its origin. Names are refused here, and origins where no page has anything to
// ask.
package loopback

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Named passes on requests that were sent to this machine by an address, by localhost, or by one of the names, and
// answers all others with 421: their sender believes that this is somebody else.
func Named(next http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		if _, err := netip.ParseAddr(host); err != nil && host != "localhost" && !slices.Contains(names, host) {
			http.Error(w, "This server is no "+strings.Map(printable, host)+".", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// Programs passes on what no web page sent: browsers add an Origin to every request that a page's script or form may
// change something by, and to every one whose answer the script could read.
func Programs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Mode") != "" {
			http.Error(w, "This server answers programs, not web pages.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Own passes on what its own pages, a person's address bar and programs send, and refuses what a page of another origin
// would change.
func Own(next http.Handler) http.Handler { return http.NewCrossOriginProtection().Handler(next) }
