package metric

import (
	"context"
	"log/slog"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/vault"
)

var _ vault.Observer = (*Recorder)(nil)

// Refreshed implements [vault.Observer].
func (r *Recorder) Refreshed(ctx context.Context, was, is account.Account, cause error) {
	values := ofRefresh(was, is, cause)
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("account_id", is.ID), slog.Int64("version", is.Version),
		slog.String("health", string(is.Health)), slog.Time("next", is.RefreshAt)}
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
	if fault.Judge(cause).Action == fault.Settle {
		values = append(values, one(RefreshesLost))
	}
	if is.Health == account.NeedsConnect && was.Health != account.NeedsConnect {
		values = append(values, one(AccountsDisconnected))
	}
	return values
}

// Paused implements [vault.Observer].
func (r *Recorder) Paused(ctx context.Context, accountID string, p account.Pause) {
	r.write(ctx, slog.LevelWarn, "paused", []Value{one(Pauses)}, slog.String("account_id", accountID),
		slog.Time("until", p.Until), slog.String("reason", string(p.Reason.Code)))
}

// Swept implements [vault.Observer]. It is refresh's sign of life.
func (r *Recorder) Swept(ctx context.Context, accounts int) {
	r.write(ctx, slog.LevelInfo, "swept", []Value{one(RefreshRounds)}, slog.Int("accounts", accounts))
}
