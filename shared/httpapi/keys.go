package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/wire"
)

type (
	keyInput struct {
		Keyed
		Body wire.KeyInput
	}
	keyOutput  struct{ Body wire.Key }
	keysOutput struct{ Body wire.KeyList }
	keyByID    struct {
		ID string `path:"id"`
	}
)

// keyRoutes registers the operations on API keys.
func (a *API) keyRoutes(r *routes) {
	create := operation(http.MethodPost, "/v1/keys", "create-key", "Make an API key; the answer shows it once",
		access.Admin)
	create.DefaultStatus = http.StatusCreated
	register(a, r, create, repeatably(a, create.OperationID, keyLife, func(in *keyInput) any {
		return in.Body
	}, a.createKey))
	register(a, r, operation(http.MethodGet, "/v1/keys", "list-keys", "List the API keys", access.Admin), a.listKeys)
	revoke := operation(http.MethodDelete, "/v1/keys/{id}", "revoke-key", "Revoke an API key at once", access.Admin)
	revoke.DefaultStatus = http.StatusNoContent
	register(a, r, revoke, a.revokeKey)
}

func (a *API) createKey(ctx context.Context, in *keyInput) (*keyOutput, error) {
	k := access.Key{Name: in.Body.Name, Accounts: in.Body.Accounts}
	for _, s := range in.Body.Scopes {
		k.Scopes = append(k.Scopes, access.Scope(s))
	}
	if in.Body.ExpiresAt != nil {
		k.ExpiresAt = in.Body.ExpiresAt.UTC().Truncate(time.Second)
	}
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range k.Accounts {
		if !slices.ContainsFunc(state.Accounts, func(acc account.Account) bool { return acc.ID == id }) {
			return nil, fault.New(fault.Invalid, "There is no such account.").At("accounts").
				Todo("List the accounts to find their ids.")
		}
	}
	k, text, err := a.keyring().Make(ctx, k)
	if err != nil {
		return nil, err
	}
	a.Log.InfoContext(ctx, "key made", "key_id", k.ID, "name", k.Name, "scopes", k.Scopes)
	view := keyView(k)
	view.Key = text
	return &keyOutput{view}, nil
}

func (a *API) listKeys(ctx context.Context, _ *struct{}) (*keysOutput, error) {
	keys, err := a.Keys.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := &keysOutput{}
	out.Body.Keys = []wire.Key{}
	for _, k := range keys {
		out.Body.Keys = append(out.Body.Keys, keyView(k))
	}
	return out, nil
}

func (a *API) revokeKey(ctx context.Context, in *keyByID) (*struct{}, error) {
	if err := a.Keys.DropKey(ctx, in.ID); err != nil {
		return nil, err
	}
	a.Log.InfoContext(ctx, "key revoked", "key_id", in.ID)
	return nil, nil
}

// keyView shows a key.
func keyView(k access.Key) wire.Key {
	v := wire.Key{
		ID: k.ID, Name: k.Name, Accounts: k.Accounts, CreatedAt: k.CreatedAt,
		ExpiresAt: optional(k.ExpiresAt), UsedAt: optional(k.UsedAt),
	}
	for _, s := range k.Scopes {
		v.Scopes = append(v.Scopes, string(s))
	}
	return v
}
