// Package chaos tries to make Spool post a tweet twice, or lose one.
//
// A [World] is one random history in virtual time: some threads, the processes
// that publish them, and everything that can go wrong between them, drawn from a
// seed. The protocol is the real code of packages publish, vault, schedule and
// xapi; X is the simulator of package xsim; the store is storetest.Memory, which
// is held to the same suite as DynamoDB. Around them stand a store that times
// out, a network that loses answers, a queue that delivers twice or never,
// clocks that differ, processes that die between any two calls, and an owner who
// cancels, edits, retries, posts by hand meanwhile, and now and then wants threads
// gone from X and records deleted (see unpublish.go). Some threads show media,
// which X takes, processes, refuses, forgets and mistakes; the files come from a
// store of their own, and a segment has 16 bytes (see media.go).
//
// When the history has ended the world is held against what must always be true
// (see check.go). All chances are drawn by the number of the call that they
// meet, not from one stream, so that a fault can be left out of a history
// without changing the chances of the others: that is how a failing history is
// shrunk (see shrink.go).
//
// What worlds do not contain is what no protocol can survive: X committing a
// request later, or clocks differing by more, than publish.Config.Settle allows
// for, and the owner posting by hand the very text of a first tweet whose answer
// was lost; nor X processing a medium for longer than it keeps it.
package chaos
