package xsim

import (
	"fmt"
	"strings"
)

// Account is one simulated user of X.
type Account struct {
	ID       string `json:"id"` // decimal; made when empty
	Username string `json:"username"`
	Name     string `json:"name"`
	Premium  bool   `json:"premium"`  // may post 25,000 instead of 280
	Locked   bool   `json:"locked"`   // every post is refused: temporarily locked
	Blocked  bool   `json:"blocked"`  // every post is refused: feature not permitted
	OwnsApp  bool   `json:"owns_app"` // reads of its own posts cost the owned price
}

// SeedAccounts are the accounts of a simulator that was given none: @ada, who
// owns the application, and @grace.
func SeedAccounts() []Account {
	return []Account{
		{ID: "1815120100", Username: "ada", Name: "Ada Lovelace", OwnsApp: true},
		{ID: "1906120900", Username: "grace", Name: "Grace Hopper"},
	}
}

// AddAccount adds a, or replaces the account of the same username (keeping its
// id and its posts), and returns it with its id.
func (s *Sim) AddAccount(a Account) Account {
	now := s.lock()
	defer s.mu.Unlock()
	key := strings.ToLower(a.Username)
	if id, ok := s.names[key]; ok {
		a.ID = id
	} else {
		if a.ID == "" {
			a.ID = s.nextID(now)
		}
		s.names[key] = a.ID
		s.order = append(s.order, a.ID)
	}
	if a.Name == "" {
		a.Name = a.Username
	}
	s.accounts[a.ID] = &a
	return a
}

// check says what is wrong with an account that somebody wants to add.
func (a Account) check() error {
	for _, c := range a.Username {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return fmt.Errorf("username %q may only have letters, digits and _", a.Username)
		}
	}
	switch {
	case a.Username == "" || len(a.Username) > 15:
		return fmt.Errorf("username %q must have 1 to 15 characters", a.Username)
	case a.ID != "" && !isID(a.ID):
		return fmt.Errorf("id %q must be a decimal number of at most 19 digits", a.ID)
	}
	return nil
}

// Accounts lists the accounts in the order in which they were added.
func (s *Sim) Accounts() []Account {
	s.lock()
	defer s.mu.Unlock()
	var list []Account
	for _, id := range s.order {
		list = append(list, *s.accounts[id])
	}
	return list
}

// find returns the account with this username (with or without @) or id.
func (s *Sim) find(who string) (*Account, error) {
	if a, ok := s.accounts[who]; ok {
		return a, nil
	}
	if id, ok := s.names[strings.ToLower(strings.TrimPrefix(who, "@"))]; ok {
		return s.accounts[id], nil
	}
	return nil, fmt.Errorf("no simulated account %q: add it with POST /__sim/accounts", who)
}
