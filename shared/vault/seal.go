package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"spool/shared/account"
	"spool/shared/fault"
)

// cache is what this process has opened, so that a warm one asks the sealer
// nothing. It forgets everything when it is full.
type cache struct {
	mu    sync.Mutex
	pairs map[string]opened[Pair] // by account
	app   opened[App]
}

// opened is a secret in memory, and what it was sealed as. Versions would not do:
// a restored backup counts them anew.
type opened[T any] struct {
	sealed []byte
	secret T
}

// maxCached bounds the cache: a sweep may pass by very many accounts.
const maxCached = 1000

// cachePair keeps an account's opened pair.
func (v *Vault) cachePair(a account.Account, p Pair) {
	v.cache.mu.Lock()
	defer v.cache.mu.Unlock()
	if v.cache.pairs == nil || len(v.cache.pairs) >= maxCached {
		v.cache.pairs = map[string]opened[Pair]{}
	}
	v.cache.pairs[a.ID] = opened[Pair]{a.Sealed, p}
}

// open opens an account's pair, once for each in this process.
func (v *Vault) open(ctx context.Context, a account.Account) (Pair, error) {
	v.cache.mu.Lock()
	got, ok := v.cache.pairs[a.ID]
	v.cache.mu.Unlock()
	if ok && bytes.Equal(got.sealed, a.Sealed) {
		return got.secret, nil
	}
	var p Pair
	if err := v.openInto(ctx, &p, a.Sealed, pairBinding(a.ID, a.Version)); err != nil {
		err = asUnopened(err, fault.ScopeAccount, v.Now())
		v.Log.ErrorContext(ctx, "the tokens of an account do not open", "account_id", a.ID, "error", err)
		return Pair{}, fmt.Errorf("open the tokens of account %s: %w", a.ID, err)
	}
	v.cachePair(a, p)
	return p, nil
}

// seal seals a pair for a version of the account's.
func (v *Vault) seal(ctx context.Context, accountID string, version int64, p Pair) ([]byte, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	sealed, err := v.Seal.Seal(ctx, plain, pairBinding(accountID, version))
	if err != nil {
		return nil, fmt.Errorf("seal the tokens of account %s: %w", accountID, err)
	}
	return sealed, nil
}

// App opens the X app's credentials, once for each in this process.
func (v *Vault) App(ctx context.Context, sealed account.SealedApp) (App, error) {
	if sealed.Version == 0 {
		return App{}, noApp{}
	}
	v.cache.mu.Lock()
	got := v.cache.app
	v.cache.mu.Unlock()
	if bytes.Equal(got.sealed, sealed.Sealed) {
		return got.secret, nil
	}
	var app App
	if err := v.openInto(ctx, &app, sealed.Sealed, appBinding(sealed.Version)); err != nil {
		err = asUnopened(err, fault.ScopeApp, v.Now())
		v.Log.ErrorContext(ctx, "the X app's credentials do not open", "error", err)
		return App{}, fmt.Errorf("open the X app's credentials: %w", err)
	}
	v.cache.mu.Lock()
	defer v.cache.mu.Unlock()
	v.cache.app = opened[App]{sealed.Sealed, app}
	return app, nil
}

// openInto opens what was sealed as JSON. The error of a form that is not
// Spool's own does not repeat it.
func (v *Vault) openInto(ctx context.Context, out any, sealed []byte, binding map[string]string) error {
	plain, err := v.Seal.Open(ctx, sealed, binding)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, out) != nil {
		return fault.New(fault.Internal, "What was sealed is not in the form that Spool writes.")
	}
	return nil
}

// SealApp seals the X app's credentials for a version of them.
func (v *Vault) SealApp(ctx context.Context, app App, version int64) (account.SealedApp, error) {
	plain, err := json.Marshal(app)
	if err != nil {
		return account.SealedApp{}, err
	}
	sealed, err := v.Seal.Seal(ctx, plain, appBinding(version))
	if err != nil {
		return account.SealedApp{}, fmt.Errorf("seal the X app's credentials: %w", err)
	}
	return account.SealedApp{ClientID: app.ClientID, Sealed: sealed, Version: version}, nil
}

// pairBinding ties a sealed pair to what it belongs to: moved to another account,
// or put under another version's number, it does not open. An older record that is
// put back whole opens; see the package envelope.
func pairBinding(accountID string, version int64) map[string]string {
	return map[string]string{"purpose": "x-token-pair", "account": accountID, "version": strconv.FormatInt(version, 10)}
}

// appBinding ties the X app's sealed credentials to their version.
func appBinding(version int64) map[string]string {
	return map[string]string{"purpose": "x-app", "version": strconv.FormatInt(version, 10)}
}
