package metric

import (
	"context"
	"log/slog"
	"net/http"
)

// Transport counts X's answers by class, and logs each: what was asked, and how X answered. The address is logged
// without its query, and neither headers nor bodies are.
type Transport struct {
	Base     http.RoundTripper
	Recorder *Recorder
}

// RoundTrip implements [http.RoundTripper].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	began := t.Recorder.Now()
	res, err := t.Base.RoundTrip(r)
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int64("milliseconds", t.Recorder.Now().Sub(began).Milliseconds()),
	}
	if err != nil {
		t.Recorder.write(r.Context(), slog.LevelWarn, "X did not answer", []Value{one(XAnswersLost)},
			append(attrs, slog.Any("error", err))...)
		return res, err
	}
	attrs = append(attrs, slog.Int("status", res.StatusCode))
	if id := res.Header.Get("x-transaction-id"); id != "" {
		attrs = append(attrs, slog.String("transaction", id))
	}
	t.Recorder.write(r.Context(), slog.LevelInfo, "X answered", []Value{one(class(res.StatusCode))}, attrs...)
	return res, nil
}

// class is the metric that an answer counts for.
func class(status int) Name {
	switch {
	case status == http.StatusTooManyRequests:
		return XAnswersLimited
	case status >= 500:
		return XAnswersFailed
	case status >= 400:
		return XAnswersRefused
	default:
		return XAnswersOK
	}
}

// MessageFailed tells of a message that will come again, since it could not be worked on.
func (r *Recorder) MessageFailed(ctx context.Context, attrs ...slog.Attr) {
	r.write(ctx, slog.LevelError, "the message will come again", []Value{one(MessagesFailed)}, attrs...)
}

// Throttled tells of a request that a service of AWS turned away for being too many.
func (r *Recorder) Throttled(ctx context.Context, service, operation string, err error) {
	r.write(ctx, slog.LevelWarn, "AWS throttled a request", []Value{one(AWSThrottled)},
		slog.String("service", service), slog.String("operation", operation), slog.Any("error", err))
}
