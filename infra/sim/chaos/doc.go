// Package chaos tries to make Spool post a tweet twice, or lose one. It is only for tests.
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
// In half of the worlds each kind of trouble is off by even chances, so that the
// others come in numbers and orders that are rare with all of them; some hold hundreds
// of newer drafts besides, half of which begin as posts do. Once nothing goes wrong any more a world has to come to
// rest within what its records promise and the protocol's own times (see rest.go).
//
// When the history has ended the world is held against what must always be true
// (see check.go). All chances are drawn by the number of the call that they
// meet, not from one stream, so that a fault can be left out of a history
// without changing the chances of the others: that is how a failing history is
// shrunk (see shrink.go).
//
// # Every history
//
// A [Scene] is a small world, of a thread or two, of which package exhaust plays
// every history with up to so many faults. A point is each call to X, the store, the
// queue and the files, each look at the clock, the end of each invocation, and the
// world at rest. At it goes wrong whatever can there: the request or message is
// lost, comes late or twice; X answers with any row of its table of failures (one
// answer for each verdict that the real client gives); the store refuses, or times
// out with and without effect, at once or later; the process dies, or freezes for
// longer than its lease while another takes over, or another worker is woken and
// does all its work meanwhile; its clock is off; and the owner edits, cancels,
// retries, resolves, publishes, unpublishes, forgets, connects anew, or another post
// meets a pause. Three things make the histories fewer, and lose none:
//
//   - A crash after a call is the one before the next: a process does nothing in
//     between. So is whatever else happens between two calls.
//   - What the owner does is tried only at calls that touch the same: the post's
//     record, the account, the timeline. Before and after any other call it is the same.
//   - Equal states are gone on from once. Processes of a scene keep nothing in memory
//     from one invocation to the next. So where none is at work, what is stored, what
//     X has, what is queued and the time are all that the future depends on; the
//     state is that, less what people only read (what a reason says, when a tweet that
//     is out was attempted), with random names by their order.
//
// Left out is what no protocol survives (see below): a process that freezes twice,
// or that freezes and whose request X then commits late; and X's word that it does
// not have a tweet which it has had for longer than the settling time.
//
// # What was reached
//
// Campaigns count what they come by ([Reached]): each transition of a post, told by
// which of post's methods makes the stored record of the one before (a record that
// changes by none is wrong); each row of X's failures that was answered; each reason
// that was stored; and each branch of settling a doubt. They print the counts and fail
// where one is zero, save for what is listed as out of their reach, with the reason,
// and what of that was reached all the same.
//
// # What worlds do not contain
//
// What worlds do not contain is what no protocol can survive: X committing a
// request later, or clocks differing by more, than publish.Config.Settle allows
// for, and the owner posting by hand the very text of a first tweet whose answer
// was lost; nor X processing a medium for longer than it keeps it.
package chaos
