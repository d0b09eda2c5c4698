// Package tweet holds the rules of X for the text of a post, without any I/O: how long a
// text is, which links, mentions, hashtags and cashtags X finds in it, how a long text
// becomes a thread, what X would refuse, and what publishing costs.
//
// # Counting
//
// X counts weighted length: text is brought to Unicode normal form C, most Latin, Greek,
// Cyrillic, Arabic, Hebrew, Indic and similar code points weigh 1, all others 2, each
// emoji 2 whatever its length, each link 23. The rules are those of configuration 3 of
// twitter-text (github.com/twitter/twitter-text); emoji are those of Unicode 17.0.
//
// # Positions
//
// Functions that work on Go strings report byte offsets, half open. What is meant for
// editors and for JSON ([Count], [Preview]) is in UTF-16 code units, the unit of
// JavaScript and of X's own answers; see [Count] for whether its ends are inclusive.
package tweet

//go:generate go run ./internal/tables

// Limits of an account, in weighted characters.
const (
	StandardLimit = 280
	PremiumLimit  = 25000
)

// MaxThread is how many posts a thread may have: more than anybody reads, and what the
// record of one has room for.
const MaxThread = 500

// linkWeight is what X counts for a link, whatever its length (transformedURLLength).
const linkWeight = 23
