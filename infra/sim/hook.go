package sim

import (
	"context"

	"spool/shared/account"
	"spool/shared/vault"
)

// Hook is called before and after each operation of what it is put around: "read",
// "save", "save pause" and "save budgets" of a store, "list", "read pauses" and "read
// budgets" of a registry, "go on" of what waits, "seal" and "open" of a sealer,
// "refresh" and "revoke" of X. An error that it returns takes the place of the answer; after the operation,
// that leaves it done. A hook may also wait, or end the goroutine.
type Hook func(op string, after bool) error

// around carries out an operation between the hook's two calls.
func (h Hook) around(op string, do func() error) error {
	if err := h(op, false); err != nil {
		return err
	}
	err := do()
	if herr := h(op, true); herr != nil {
		return herr
	}
	return err
}

// Into puts the hook around everything that a vault reaches.
func (h Hook) Into(v *vault.Vault) *vault.Vault {
	v.Store, v.Seal, v.Authority = hookedStore{v.Store, h}, hookedSealer{v.Seal, h}, hookedAuthority{v.Authority, h}
	return v
}

type hookedStore struct {
	account.Store
	hook Hook
}

func (s hookedStore) Snapshot(ctx context.Context, id string) (snap account.Snapshot, err error) {
	err = s.hook.around("read", func() error { snap, err = s.Store.Snapshot(ctx, id); return err })
	return snap, err
}

func (s hookedStore) SaveAccount(ctx context.Context, a account.Account) (saved account.Account, err error) {
	err = s.hook.around("save", func() error { saved, err = s.Store.SaveAccount(ctx, a); return err })
	if err != nil {
		return account.Account{}, err // nobody may rely on what comes beside an error
	}
	return saved, nil
}

func (s hookedStore) SavePause(ctx context.Context, id string, p account.Pause) error {
	return s.hook.around("save pause", func() error { return s.Store.SavePause(ctx, id, p) })
}

func (s hookedStore) SaveBudgets(ctx context.Context, b account.Budgets) error {
	return s.hook.around("save budgets", func() error { return s.Store.SaveBudgets(ctx, b) })
}

// IntoService puts the hook around everything that a service reaches.
func (h Hook) IntoService(s *account.Service) {
	s.Store, s.Registry = hookedStore{s.Store, h}, hookedRegistry{s.Registry, h}
	if s.Waiting != nil {
		s.Waiting = hookedWaiting{s.Waiting, h}
	}
}

type hookedRegistry struct {
	account.Registry
	hook Hook
}

func (r hookedRegistry) Accounts(ctx context.Context) (all []account.Account, err error) {
	err = r.hook.around("list", func() error { all, err = r.Registry.Accounts(ctx); return err })
	return all, err
}

func (r hookedRegistry) Pauses(ctx context.Context, ids []string) (all map[string]account.Pause, err error) {
	err = r.hook.around("read pauses", func() error { all, err = r.Registry.Pauses(ctx, ids); return err })
	return all, err
}

func (r hookedRegistry) Budgets(ctx context.Context) (b account.Budgets, err error) {
	err = r.hook.around("read budgets", func() error { b, err = r.Registry.Budgets(ctx); return err })
	return b, err
}

type hookedWaiting struct {
	account.Waiting
	hook Hook
}

func (w hookedWaiting) GoOn(ctx context.Context, id string) error {
	return w.hook.around("go on", func() error { return w.Waiting.GoOn(ctx, id) })
}

type hookedSealer struct {
	vault.Sealer
	hook Hook
}

func (s hookedSealer) Seal(ctx context.Context, plain []byte, binding map[string]string) (sealed []byte, err error) {
	err = s.hook.around("seal", func() error { sealed, err = s.Sealer.Seal(ctx, plain, binding); return err })
	return sealed, err
}

func (s hookedSealer) Open(ctx context.Context, sealed []byte, binding map[string]string) (plain []byte, err error) {
	err = s.hook.around("open", func() error { plain, err = s.Sealer.Open(ctx, sealed, binding); return err })
	return plain, err
}

type hookedAuthority struct {
	vault.Authority
	hook Hook
}

func (a hookedAuthority) Refresh(ctx context.Context, app vault.App, token string) (p vault.Pair, err error) {
	err = a.hook.around("refresh", func() error { p, err = a.Authority.Refresh(ctx, app, token); return err })
	return p, err
}

func (a hookedAuthority) Revoke(ctx context.Context, app vault.App, token string) error {
	return a.hook.around("revoke", func() error { return a.Authority.Revoke(ctx, app, token) })
}
