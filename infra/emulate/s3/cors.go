package s3

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// CORSRule says which pages of other origins may send what to a bucket. In an origin or a header one * stands for
// anything.
type CORSRule struct {
	Methods, Origins, Headers []string
	MaxAge                    int // seconds that a browser may keep the answer for
}

// CORS answers what browsers ask before they send a request of a page elsewhere, and tells them which answers of next
// the page may see, by the rules of the bucket in the path.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
func (s *Server) CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, method, headers := r.Header.Get("Origin"), r.Method, []string(nil)
		asks := r.Method == http.MethodOptions
		if asks {
			method, headers = r.Header.Get("Access-Control-Request-Method"),
				listed(r.Header.Get("Access-Control-Request-Headers"))
		}
		bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		rules := s.rules[bucket]
		at := slices.IndexFunc(rules, func(c CORSRule) bool { return c.admits(origin, method, headers) })
		switch {
		case asks && (origin == "" || method == ""):
			writeError(w, r, &Error{
				http.StatusBadRequest, "BadRequest", "Insufficient information. Origin request header needed.",
			})
		case asks && at < 0:
			writeError(w, r, &Error{http.StatusForbidden, "AccessForbidden", "CORSResponse: This CORS request is not allowed."})
		case asks:
			rules[at].allow(w.Header(), origin, headers)
		default:
			answer := &shared{w, func(h http.Header) {
				if at >= 0 {
					rules[at].allow(h, origin, nil)
				}
			}}
			next.ServeHTTP(answer, r)
			answer.say() // the handler may have written nothing
		}
	})
}

// shared is an answer that says who may see it, in place of what gofakes3 says: everybody.
type shared struct {
	http.ResponseWriter
	allow func(http.Header)
}

func (s *shared) WriteHeader(status int) {
	s.say()
	s.ResponseWriter.WriteHeader(status)
}

func (s *shared) Write(b []byte) (int, error) {
	s.say()
	return s.ResponseWriter.Write(b)
}

// say has an effect before the first byte only.
func (s *shared) say() {
	s.Header().Del("Access-Control-Allow-Origin")
	s.allow(s.Header())
}

// admits reports whether a page of an origin may send a request.
func (c CORSRule) admits(origin, method string, headers []string) bool {
	return origin != "" && slices.Contains(c.Methods, method) &&
		slices.ContainsFunc(c.Origins, func(pattern string) bool { return match(pattern, origin) }) &&
		!slices.ContainsFunc(headers, func(h string) bool {
			return !slices.ContainsFunc(c.Headers, func(pattern string) bool { return match(strings.ToLower(pattern), h) })
		})
}

// allow says so in the answer.
func (c CORSRule) allow(h http.Header, origin string, headers []string) {
	if slices.Contains(c.Origins, "*") {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", strings.Join(c.Methods, ", "))
	if len(headers) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(headers, ", "))
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
	}
	h.Set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
}

// listed are the names of a header's list, in lower case.
func listed(value string) (names []string) {
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// match reports whether text is what a pattern with at most one * stands for.
func match(pattern, text string) bool {
	before, after, any := strings.Cut(pattern, "*")
	if !any {
		return pattern == text
	}
	return len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}
