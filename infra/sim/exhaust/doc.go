// Package exhaust plays every history of a world in which at most so many things
// go wrong. It is only for tests.
//
// A world is deterministic code that asks a [Script], at each point where
// something can go wrong, what does ([Script.At]): it offers a menu, and the
// script answers with one of its items, or with nothing. [Explore] plays the world
// in which nothing goes wrong, and learns the points and their menus; then one
// world for each item of each point; then, after each of those, one for each item
// of each later point, and so on to the depth that it is given. Histories with
// fewer faults come first, so that the first one that is wrong has as few as there
// can be. A history is its faults ([Plan]), by the number of the point, and is
// played again from nothing: no state is kept or restored.
//
// # Equal states
//
// Where nothing is at work a world may show its state ([Script.Still]). A state
// that was met before, by a history with as few faults or fewer, is not gone on
// from. That is sound where what is shown holds all that the future depends on: the
// future is then the same, and is played after the first history that came there,
// with as many faults still to come, or more. [Fingerprint] takes in whatever is in
// a value but what it is told to leave out, so that a new field counts by itself.
// States are compared by 64 bits of a hash with a random key: of ten million
// states two are taken for one another with a chance of one in 300,000.
package exhaust
