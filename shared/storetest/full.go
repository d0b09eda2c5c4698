package storetest

import (
	"fmt"
	"reflect"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/idempotency"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
)

// This file holds a record of each kind with every field set, which is what
// [Unset] is for: a field that is added to a record has to be set here, and then
// comes back from every store, or the suites fail.

// at is a moment, so many seconds after the start.
func at(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

// reason has every field set.
func reason() fault.Reason {
	return fault.Reason{Code: "code", Sentence: "sentence <&>", Todo: "todo", Detail: "détail", Transaction: "x"}
}

// fullEvents are an outbox with an event that has every field set, and one that has few.
func fullEvents() event.Outbox {
	why := reason()
	return event.Outbox{
		{Seq: 4, Kind: event.PostHeld, At: at(8), Reason: &why, Until: at(9), Done: 1, Whose: "7"},
		{Seq: 6, Kind: event.Test, At: at(9)},
	}
}

// FullPost is a post with every field set.
func FullPost() post.Post {
	why, first, second := reason(), post.IDAt(at(1)), post.IDAt(at(4))
	return post.Post{
		ID: "post", AccountID: "7", Title: "title", Opening: "opening", Request: "request",
		Status: post.Publishing, Sub: post.Reconciling, Reason: &why,
		Content: 2, Size: 3, CreatedAt: at(0), UpdatedAt: at(10), ScheduledAt: at(5), TimedAt: at(2), Zone: "Europe/Berlin",
		Lateness: time.Hour, Due: at(11), Charge: post.Charge{Month: "2026-12", Amount: 215_000}, Preparation: time.Minute,
		Media: &post.Transfer{
			Sent: 5, Total: 9, Tries: 2,
		},
		Published: []post.Receipt{
			{ID: first, AttemptedAt: at(0), PostedAt: post.PostedAt(first), ByPerson: true},
			{ID: second, AttemptedAt: at(3), PostedAt: post.PostedAt(second), ByPerson: true},
		},
		Attempt: &post.Attempt{At: at(6), Absent: 1, Failed: 2, Duplicate: true},
		Tries:   2, Doubted: at(7), Removal: &post.Removal{Gone: 1},
		Lease: post.Lease{Owner: "owner", Term: 7, Until: at(8)}, RunID: "run", Crashes: 2,
		Hold: &post.Hold{Since: at(9), Told: true}, Events: fullEvents(), TellBy: at(12), Rev: 9, Writer: "writer",
	}
}

// FullContent is a content with every field set.
func FullContent() post.Content {
	return post.Content{Version: 2, Notes: []string{"note", "another <&>"}, Tweets: []post.Tweet{{
		Text:  "a <b> & c: ünïcode, 日本語, 👩‍🚀\n\"quoted\" \u2028",
		Media: []post.Medium{{ID: "m", Kind: tweet.GIF, Type: "image/gif", Bytes: 3, SHA256: "ab", AltText: "<ünïcode>"}},
		Poll:  &post.Poll{Options: []string{"yes", "no & more"}, Minutes: 5},
		Options: post.Options{
			ReplySettings: "following", QuoteID: "1", CommunityID: "2", MadeWithAI: true, PaidPartnership: true,
		},
	}, {Text: "plain"}}}
}

// FullFile is a file with every field set.
func FullFile() post.File {
	why := reason()
	return post.File{
		ID: "file", Name: "ünïcode <1>.mp4", Type: "video/mp4", Bytes: 123, SHA256: "ab", State: post.FileRefused,
		Reason: &why, Beyond: &why,
		Kind: tweet.Video, Width: 640, Height: 480, Frames: 25, Duration: 1500 * time.Millisecond,
		KeyID: "0123456789abcdef", CreatedAt: at(0), Expires: at(3600), Unused: at(1800), Rev: 2, Writer: "writer",
	}
}

// FullUpload is an upload with every field set.
func FullUpload() publish.Upload {
	return publish.Upload{
		AccountID: "7", Digest: "digest", ID: "1", Key: "3_1", Stage: publish.Processing, Segments: 3, Since: at(1),
		Check: at(2), Expires: at(3600),
	}
}

// FullAccount is an account with every field set.
func FullAccount() account.Account {
	why := reason()
	return account.Account{
		ID: "7", Username: "ada", Name: "Ada", Scopes: []string{"tweet.read", "tweet.write"}, Zone: "Europe/Berlin",
		Limit: 25000, Lateness: time.Hour,
		Health: account.NeedsConnect, Reason: &why, Since: at(1),
		Sealed: []byte{0, 1, 255}, Version: 3, Expires: at(2), Lease: account.Lease{Owner: "owner", Term: 4, Until: at(3)},
		RefreshedAt: at(4), RefreshAt: start.Add(1000 * time.Hour), Failures: 2, FailingAt: at(5), UsedAt: at(6), Spent: true,
		ConnectedAt: at(7),
		Events:      fullEvents(), Rev: 5, Writer: "writer",
	}
}

// FullPause is a pause with every field set.
func FullPause() account.Pause {
	return account.Pause{
		Until: at(60), Sub: "rate_limited", Reason: reason(), Count: 2, Told: true, Events: fullEvents(), Rev: 3,
	}
}

// FullBudgets are budgets with every field set.
func FullBudgets() account.Budgets {
	return account.Budgets{
		Month: "2026-12", Of: map[string]account.Budget{
			"": {Monthly: 20_000_000, Spent: 15_000}, "7": {Monthly: 5_000_000, Spent: 15_000},
		},
		Held: []account.Held{{PostID: "post", Amount: 15_000}}, Reached: map[string]bool{"": true, "7": true},
		Events: fullEvents(), Rev: 3, Writer: "writer",
	}
}

// FullApp is an X app's credentials with every field set.
func FullApp() account.SealedApp {
	return account.SealedApp{ClientID: "client", Sealed: []byte{1, 2}, Version: 1}
}

// FullFlow is a flow with every field set.
func FullFlow() connect.Flow {
	return connect.Flow{
		Key: "flow", Step: "state", Sealed: []byte{1}, Browser: "browser", Caller: "caller",
		Redirect: "https://example.com/cb",
		Zone:     "Europe/Berlin", Expires: at(60),
	}
}

// FullKey is an API key with every field set.
func FullKey() access.Key {
	return access.Key{
		ID: "b", Name: "blog", Hash: "hash", Scopes: []access.Scope{access.PostsRead, access.Accounts}, Accounts: []string{
			"1", "2",
		},
		CreatedAt: at(0), ExpiresAt: at(3600), UsedAt: at(60),
	}
}

// FullSession is a session with every field set.
func FullSession() access.Session {
	return access.Session{KeyID: "a", Hash: "hash", Seal: "seal", CreatedAt: at(0), ExpiresAt: at(3600), UsedAt: at(60)}
}

// FullIdempotencyRecord is a repeatable request with every field set.
func FullIdempotencyRecord() idempotency.Record {
	return idempotency.Record{
		ID: "replay", Digest: "digest", Sealed: []byte{0, 1}, Answer: []byte{2, 0xff}, Until: at(60), Expires: at(3600),
		Rev: 2, Writer: "writer",
	}
}

// Unset names the fields of a record, and of all that it holds, that are zero. Of
// a list one element has to be full.
func Unset(record any) []string {
	return unset(reflect.ValueOf(record), reflect.TypeOf(record).String())
}

// notStored are the fields that no store keeps.
var notStored = map[string]bool{"post.Medium.PlatformID": true, "post.Medium.Beyond": true, "post.Medium.Still": true}

func unset(v reflect.Value, path string) (missing []string) {
	switch {
	case v.IsZero():
		return []string{path}
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Pointer:
		return unset(v.Elem(), path)
	case v.Kind() == reflect.Slice && v.Len() == 0:
		return []string{path}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if missing = unset(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); len(missing) == 0 {
				return nil
			}
		}
	case v.Kind() == reflect.Struct:
		for f, field := range v.Fields() {
			if !notStored[v.Type().String()+"."+f.Name] {
				missing = append(missing, unset(field, path+"."+f.Name)...)
			}
		}
	}
	return missing
}
