package stack

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"

	"spool/infra/emulate/awsjson"
	"spool/infra/emulate/iam"
)

// Fault has DynamoDB, SQS or KMS refuse requests of the functions. What is empty stands for all.
type Fault struct {
	Function string // by its name: publish
	Action   string // as in policies, or its beginning: dynamodb:
	Code     string // AWS's, such as ThrottlingException; required
	Message  string
	Count    int // of requests; 0: until it is ended
}

// faults are those that hold. Its zero value is ready, and safe for concurrent use.
type faults struct {
	mu  sync.Mutex
	all []*Fault
}

// Fail has requests refused until end is called.
func (s *Stack) Fail(f Fault) (end func()) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = append(s.faults.all, &f)
	return func() {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		s.faults.all = slices.DeleteFunc(s.faults.all, func(other *Fault) bool { return other == &f })
	}
}

// guard refuses what a fault is for. It stands behind iam's Guard.
func (f *faults) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, call, _ := iam.Caller(r.Context())
		if fault := f.meets(who.Name, call.Action); fault != nil {
			awsjson.WriteError(w, r, &awsjson.Error{Code: fault.Code, Message: cmp.Or(fault.Message, "A fault on purpose")})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// meets gives the fault that a request meets, or nil.
func (f *faults) meets(function, action string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.all {
		if fault.Function != "" && fault.Function != function || !strings.HasPrefix(action, fault.Action) {
			continue
		}
		if fault.Count > 0 {
			if fault.Count--; fault.Count == 0 {
				f.all = slices.Delete(f.all, i, i+1)
			}
		}
		return fault
	}
	return nil
}
