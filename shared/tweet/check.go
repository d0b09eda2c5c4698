package tweet

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Draft is a post before it is published.
type Draft struct {
	Text          string
	Media         []Medium
	Poll          *Poll
	ReplySettings string // empty, or one of X's values; see [Check]
	QuoteID       string // the post that it quotes
	CommunityID   string // that it is posted to

	MadeWithAI      bool // its media are
	PaidPartnership bool
}

// A Medium is a file of a draft.
type Medium struct {
	Kind    MediumKind
	Bytes   int64 // 0 if not known yet
	AltText string
	// Beyond says which of X's limits for accounts without Premium it exceeds, and what to do;
	// empty: none.
	Beyond string
	Still  bool // it moves, but X shows pictures of its format still
}

// A MediumKind is what X takes a file for.
type MediumKind string

// The kinds of media.
const (
	Image MediumKind = "image"
	GIF   MediumKind = "gif"
	Video MediumKind = "video"
)

// A Poll is a question with two to four answers.
type Poll struct {
	Options []string
	Minutes int
}

// A Severity says what a finding means for the thread.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // X would refuse it
	Warning Severity = "warning" // X may refuse it, or readers may not like it
	Hint    Severity = "hint"    // there is a better way
)

// A Finding is something that the preflight has to say.
type Finding struct {
	Tweet    int      `json:"tweet"` // from 1; 0 for the whole thread
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	Message  string   `json:"message"` // a sentence: what is wrong and what to do
	// Start and End are the UTF-16 code units, half open, that the finding is about, in
	// the post's text. Both are 0 where it is about the post as a whole.
	Start int `json:"start"`
	End   int `json:"end"`
	// Other is the post that says the same, where the finding is about one.
	Other *Other `json:"other,omitempty"`
	// Line is that of the manuscript, from 1, where there is one.
	Line int `json:"line,omitempty"`
}

// The codes of findings.
const (
	CodeTooLong           = "too_long"
	CodeBlank             = "blank"
	CodeInvalidCharacter  = "invalid_character"
	CodeCashtags          = "too_many_cashtags"
	CodeMention           = "mention_of_stranger"
	CodeDuplicateInThread = "duplicate_in_thread"
	CodeDuplicateRecent   = "duplicate_of_recent"
	CodeDuplicateOpen     = "duplicate_of_scheduled"
	CodeSimilarElsewhere  = "similar_on_other_account"
	CodeOverBudget        = "over_budget" // which only who knows the budget finds
	CodeTooManyMedia      = "too_many_media"
	CodeMixedMedia        = "mixed_media"
	CodeMediumTooLarge    = "medium_too_large"
	CodeUnknownMedium     = "unknown_medium"
	CodeMediumBeyond      = "medium_beyond_limits"
	CodeMediumStill       = "medium_shown_still"
	CodeAltText           = "alt_text_too_long"
	CodePollOptions       = "poll_options"
	CodePollDuration      = "poll_duration"
	CodeExclusive         = "exclusive_options"
	CodeReplySettings     = "reply_settings"
	CodeQuote             = "quote_not_available"
	CodeEmptyThread       = "empty_thread"
	CodeTooManyTweets     = "too_many_tweets"
	CodeLongThread        = "long_thread"
	CodeCutWord           = "cut_word"
	CodeSpreadLinks       = "links_in_several_tweets"
)

// Rules are what a thread is checked against.
type Rules struct {
	Limit    int    // of a post; 0 means [StandardLimit]
	Username string // of the account, which may mention itself
	Prices   Prices
}

// HasErrors reports whether X would refuse a part of the thread.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// longThread is the number of posts above which few readers follow.
const longThread = 7

// Check is the preflight: it returns what X would refuse in a thread, and what its owner
// should know, post by post and then on the whole. Preview and save both use it.
func Check(thread []Draft, r Rules) []Finding {
	if r.Limit == 0 {
		r.Limit = StandardLimit
	}
	c := checker{rules: r, seen: map[string]int{}, findings: []Finding{}}
	for i, d := range thread {
		c.post = i + 1
		c.checkText(d)
		c.checkSameText(d)
		c.checkEntities(d)
		c.checkMedia(d.Media)
		c.checkPoll(d.Poll)
		c.checkOptions(d)
	}
	c.checkThread(thread)
	return c.findings
}

type checker struct {
	rules    Rules
	post     int
	seen     map[string]int // text to the first post that has it
	findings []Finding
}

func (c *checker) add(s Severity, code, format string, args ...any) {
	c.addAt(s, code, 0, 0, format, args...)
}

func (c *checker) addAt(s Severity, code string, start, end int, format string, args ...any) {
	c.findings = append(c.findings, Finding{
		Tweet: c.post, Severity: s, Code: code, Message: fmt.Sprintf(format, args...), Start: start, End: end,
	})
}

func (c *checker) checkText(d Draft) {
	if strings.TrimSpace(d.Text) == "" && len(d.Media) == 0 && d.Poll == nil {
		c.add(Error, CodeBlank, "The tweet is blank. Write something or add a picture.")
	}
	if weight := WeightedLength(d.Text); weight > c.rules.Limit {
		c.addAt(Error, CodeTooLong, utf16Len(d.Text[:overAt(d.Text, c.rules.Limit)]), utf16Len(d.Text),
			"The tweet has %d characters as X counts, %d too many. Shorten it or split it.", weight, weight-c.rules.Limit)
	}
	for i, r := range d.Text {
		if isInvalid(r) {
			at := utf16Len(d.Text[:i])
			c.addAt(Error, CodeInvalidCharacter, at, at+1, "The character U+%04X is not allowed. Delete it; it is invisible.", r)
			break
		}
	}
}

// checkSameText finds the same text twice. Posts without text never match.
func (c *checker) checkSameText(d Draft) {
	text := sameText(d.Text)
	if text == "" {
		return
	}
	if first := c.seen[text]; first > 0 {
		c.add(Error, CodeDuplicateInThread,
			"The tweet has the same text as tweet %d, and X refuses the second one. Change a word, or number the tweets.", first)
	} else {
		c.seen[text] = c.post
	}
}

// sameText brings texts to the form in which X would take them for the same.
func sameText(text string) string {
	return strings.Join(strings.Fields(Normalize(text)), " ")
}

func (c *checker) checkEntities(d Draft) {
	cashtags := 0
	units := unitCounter{text: d.Text}
	for _, e := range Entities(d.Text) {
		start, end := units.at(e.Start), units.at(e.End)
		switch e.Kind {
		case KindCashtag:
			if cashtags++; cashtags == 2 {
				c.addAt(Error, CodeCashtags, start, end,
					"The tweet has more than one cashtag; X allows one. Take the $ away from %s.", e.Text)
			}
		case KindMention:
			if !c.isSelf(e.Text) {
				c.addAt(Warning, CodeMention, start, end,
					"X may refuse a tweet by a program that mentions %s, unless they wrote to the account. Leave out the @.", e.Text)
			}
		}
	}
}

func (c *checker) isSelf(mention string) bool {
	_, size := utf8.DecodeRuneInString(mention)
	return strings.EqualFold(mention[size:], strings.TrimPrefix(c.rules.Username, "@"))
}

func (c *checker) checkThread(thread []Draft) {
	c.post = 0
	if len(thread) == 0 {
		c.add(Error, CodeEmptyThread, "There is nothing to post. Write something.")
	}
	if len(thread) > MaxThread {
		c.add(Error, CodeTooManyTweets, "The thread has %d tweets; it may have %d. Split it into several threads.",
			len(thread), MaxThread)
	} else if len(thread) > longThread {
		c.add(Warning, CodeLongThread, "The thread has %d tweets; few readers follow beyond %d.", len(thread), longThread)
	}
	usage, p := UsageOf(thread), c.rules.Prices
	if saved := (p.PostWithURL - p.Post) * Dollars(usage.PostsWithURL-1); usage.PostsWithURL > 1 && saved > 0 {
		c.add(Hint, CodeSpreadLinks, "%d tweets have links. With all of them in one tweet the thread would cost %v less.",
			usage.PostsWithURL, saved)
	}
}
