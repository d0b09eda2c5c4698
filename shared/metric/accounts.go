package metric

import (
	"context"
	"log/slog"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/vault"
)

var (
	_ vault.Observer   = (*Recorder)(nil)
	_ account.Observer = (*Recorder)(nil)
)

// Refreshed implements [vault.Observer].
func (r *Recorder) Refreshed(ctx context.Context, was, is account.Account, cause error) {
	values := ofRefresh(was, is, cause)
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("account_id", is.ID), slog.Int64("version", is.Version),
		slog.String("health", string(is.Health))}
	if !is.RefreshAt.IsZero() {
		attrs = append(attrs, slog.Time("next", is.RefreshAt))
	}
	message := "refreshed"
	if cause != nil {
		v := fault.Judge(cause)
		level, message = slog.LevelWarn, "refresh failed"
		attrs = append(attrs, slog.String("action", string(v.Action)), slog.String("reason", string(v.Reason.Code)),
			slog.Int("failures", is.Failures), slog.Any("error", cause))
	}
	r.write(ctx, level, message, values, attrs...)
}

// ofRefresh gives what is measured of a refresh that X answered, or did not.
func ofRefresh(was, is account.Account, cause error) []Value {
	if cause == nil {
		return []Value{one(RefreshesOK)}
	}
	values := []Value{one(RefreshesFailed)}
	if is.Spent && !was.Spent {
		values = append(values, one(RefreshesLost))
	}
	return append(values, ofHealth(was, is)...)
}

// ofHealth gives what is measured where an account came to need a new connection.
func ofHealth(was, is account.Account) []Value {
	if is.Health == account.NeedsConnect && was.Health != account.NeedsConnect {
		return []Value{one(Blocked)}
	}
	return nil
}

// AccountStored implements [vault.Observer].
func (r *Recorder) AccountStored(ctx context.Context, was, is account.Account) {
	if values := ofHealth(was, is); len(values) > 0 {
		r.write(ctx, slog.LevelInfo, "account changed", values, slog.String("account_id", is.ID),
			slog.String("health", string(is.Health)))
	}
}

// Paused implements [vault.Observer].
func (r *Recorder) Paused(ctx context.Context, accountID string, p account.Pause) {
	values := []Value{one(Pauses)}
	if accountID == "" && p.Sub == string(post.Paused) { // not a limit of X's, which ends by itself
		values = append(values, one(Blocked))
	}
	r.write(ctx, slog.LevelWarn, "paused", values, slog.String("account_id", accountID), slog.String("sub_status", p.Sub),
		slog.Time("until", p.Until), slog.String("reason", string(p.Reason.Code)))
}

// Resumed implements [vault.Observer] and [account.Observer].
func (r *Recorder) Resumed(ctx context.Context, accountID string) {
	r.write(ctx, slog.LevelInfo, "resumed", nil, slog.String("account_id", accountID))
}

// Swept implements [vault.Observer]. It is refresh's sign of life.
func (r *Recorder) Swept(ctx context.Context, accounts int) {
	r.write(ctx, slog.LevelInfo, "swept", []Value{one(RefreshRounds)}, slog.Int("accounts", accounts))
}
