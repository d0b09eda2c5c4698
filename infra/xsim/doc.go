// Package xsim simulates X: its OAuth pages, the part of its HTTP API that
// publishing needs, its limits, its prices and its failures, as strictly as X
// is known to behave (https://docs.x.com, OpenAPI document 2.167, and the error
// bodies that its users report).
//
// It has two layers.
//
// The core, [Sim], holds the rules. It speaks no HTTP, starts no goroutine and
// sets no timer: time is Config.Now, randomness comes from Config.Seed, and
// whatever is to happen later (a post that X commits late, a code that
// expires) is settled when the clock is next read. Tests in virtual time
// therefore use it as it is. Every method may be called concurrently. Methods
// that stand for a request to X return a [*Refusal] where X would refuse.
//
// Around it, [Sim.Handler] serves X's own paths, a page at / that shows what
// was published, and the control API under /__sim/: faults to script, a
// journal of every request, settings, accounts and the whole truth about each
// timeline. [Sim.Transport] reaches the same handler without a network.
//
// What is simulated of X's choices where its documentation is silent:
//
//   - A refresh answers a new pair and the old access token is dead at once.
//
//   - A spent refresh token kills its whole family; a token request with wrong
//     client authentication spends the code or refresh token it carries
//     (Settings.ProbeSpends).
//
//   - Every request that is authenticated counts towards its limits, refused or not.
//
//   - Two posts of one account with the same text and media within
//     Settings.DuplicateWindow are duplicates, whatever they reply to.
//
//   - Segments of an upload come in order; the last one may be sent again, and
//     an upload is finalized once. GIFs and videos are processed for
//     Settings.ProcessingTime; of videos only the first bytes are looked at.
//
//   - A medium may be on several posts until it expires.
//
// Expansions, editing, and media for messages and advertisements are not
// simulated; requests that need them are refused as X refuses what an account
// may not do. Of the bytes of media only their sums are kept, and small pictures
// for the page.
package xsim
