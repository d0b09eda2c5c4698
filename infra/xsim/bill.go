package xsim

import (
	"maps"
	"net/http"
)

// Price of one use, in millionths of a dollar, as X charges pay-per-use applications.
type Price int64

const (
	PricePost      Price = 15_000
	PricePostLink  Price = 200_000
	PriceOwnedRead Price = 1_000
	PriceRead      Price = 5_000
	PriceUserRead  Price = 10_000
	PriceMetadata  Price = 5_000
)

// Bill is what the application has used so far. Refused requests cost nothing.
type Bill struct {
	Total Price          `json:"total_microusd"`
	Uses  map[string]int `json:"uses"` // post, post_with_link, owned_read, read, user_read, media_metadata
}

func newBill() Bill { return Bill{Uses: map[string]int{}} }

// Bill returns what was used so far.
func (s *Sim) Bill() Bill {
	s.lock()
	defer s.mu.Unlock()
	b := s.bill
	b.Uses = maps.Clone(b.Uses)
	return b
}

// charge bills n uses.
func (s *Sim) charge(use string, each Price, n int) {
	if n == 0 {
		return
	}
	s.bill.Uses[use] += n
	s.bill.Total += each * Price(n)
	if s.settings.Credits != nil {
		*s.settings.Credits -= int64(each) * int64(n)
	}
}

// accountNumber is the developer account that X names in refusals of billing.
const accountNumber = "2026040100000000001"

// appState refuses what the whole application may not do now.
func (s *Sim) appState() error {
	c := s.settings
	switch {
	case !c.Enrolled:
		return &Refusal{
			Status: http.StatusForbidden, Title: "Client Forbidden", Kind: "client-forbidden",
			Detail: "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project. You can create a project via the developer portal.",
			Extra: map[string]any{
				"reason": "client-not-enrolled", "client_id": "27316216",
				"required_enrollment": "Appropriate Level of API Access",
				"registration_url":    "https://developer.twitter.com/en/docs/projects/overview",
			},
		}
	case c.Credits != nil && *c.Credits <= 0:
		return &Refusal{
			Status: http.StatusPaymentRequired, Title: "CreditsDepleted", Kind: "credits",
			Detail: "Your enrolled account [" + accountNumber + "] does not have any credits to fulfill this request.",
			Extra:  map[string]any{"account_id": accountNumber},
		}
	case c.SpendCap != nil && int64(s.bill.Total) >= *c.SpendCap:
		return &Refusal{
			Status: http.StatusForbidden, Title: "SpendCapReached", Kind: "credits",
			Detail: "Your enrolled account [" + accountNumber +
				"] has reached its billing cycle spend cap. API requests will be blocked until the next billing cycle begins.",
			Extra: map[string]any{"account_id": accountNumber},
		}
	case c.UsageCapped:
		return &Refusal{
			Status: http.StatusTooManyRequests, Title: "UsageCapExceeded", Kind: "usage-capped",
			Detail: "Usage cap exceeded: Monthly product cap",
			Extra:  map[string]any{"account_id": accountNumber, "period": "Monthly", "scope": "Product"},
		}
	}
	return nil
}
