package tweet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// This file finds what a thread says that another one says already.

// Said is a post that a thread may repeat: one that waits, goes out, or is out.
type Said struct {
	PostID    string
	AccountID string
	Username  string    // of the account
	Own       bool      // the account is the one that the thread is for
	Out       bool      // it is published
	At        time.Time // when it starts or started, in the zone to show it in
	Texts     []string  // of its tweets, in order
}

// Other is the post that a finding is about beside the thread itself.
type Other struct {
	PostID    string    `json:"post_id"`
	AccountID string    `json:"account_id"`
	At        time.Time `json:"scheduled_at"`
}

const (
	// similar is from which [Similarity] on texts count as substantially the same.
	similar = 0.8
	// fewWords is how many words a text needs for that: what is shorter is alike by
	// chance, such as a greeting, and only counts when it is the same.
	fewWords = 5
	// mostEchoes bounds the findings of one kind.
	mostEchoes = 3
)

// Echoes warns of what is said already.
//
// X refuses the very same text on one account. A post that waits is compared by its
// first tweet, which tells whether the whole thread was scheduled before; all tweets
// of one that is out count, until X forgets them. Posts of other accounts are compared
// tweet by tweet, the first with the first and so on: X's automation policy takes
// substantially similar posts for spam, and which those are is for [Similarity] to say.
func Echoes(texts []string, said []Said) []Finding {
	var findings []Finding
	count := map[string]int{}
	for _, s := range said {
		f, found := s.elsewhere(texts)
		if s.Own {
			f, found = s.again(texts)
		}
		if found && count[f.Code] < mostEchoes {
			count[f.Code]++
			f.Severity, f.Other = Warning, &Other{PostID: s.PostID, AccountID: s.AccountID, At: s.At.UTC()}
			findings = append(findings, f)
		}
	}
	return findings
}

// again compares a thread with a post of its own account.
func (s Said) again(texts []string) (f Finding, found bool) {
	said := s.Texts
	if !s.Out {
		texts, said = texts[:min(1, len(texts))], said[:min(1, len(said))]
	}
	same := map[string]bool{}
	for _, text := range said {
		same[sameText(text)] = true
	}
	i := slices.IndexFunc(texts, func(text string) bool { return sameText(text) != "" && same[sameText(text)] })
	f = Finding{Tweet: i + 1, Code: CodeDuplicateOpen, Message: fmt.Sprintf(
		"The same text is to go out on this account already, %s (post %s). X refuses a text that it has had within about a day. Change a word, or cancel one of the two.", s.when(), s.PostID)}
	if s.Out {
		f.Code, f.Message = CodeDuplicateRecent, fmt.Sprintf(
			"The account posted the same text a short while ago, %s (post %s), and X may refuse it. Change a word.", s.when(),
			s.PostID)
	}
	return f, i >= 0
}

// elsewhere compares a thread with a post of another account.
func (s Said) elsewhere(texts []string) (f Finding, found bool) {
	alike := 0
	for i := range min(len(texts), len(s.Texts)) {
		if substantiallySame(texts[i], s.Texts[i]) {
			alike++
			f.Tweet = cmp.Or(f.Tweet, i+1)
		}
	}
	says := "The tweet says"
	if alike > 1 {
		f.Tweet, says = 0, fmt.Sprintf("%d of the tweets say", alike)
	}
	f.Code = CodeSimilarElsewhere
	f.Message = fmt.Sprintf("%s nearly the same as post %s of @%s, %s. X's automation policy forbids substantially similar posts on several accounts. "+
		"Say it in other words, or post it once and repost it from the other account.", says, s.PostID, s.Username, s.when())
	return f, alike > 0
}

// when shows when the post starts or started.
func (s Said) when() string { return s.At.Format("Monday, 2 January 2006, 15:04 MST") }

// substantiallySame reports whether X may take two tweets for the same.
func substantiallySame(a, b string) bool {
	if text := sameText(a); text != "" && text == sameText(b) {
		return true
	}
	return min(len(wordsOf(a)), len(wordsOf(b))) >= fewWords && Similarity(a, b) >= similar
}

// Similarity is how much two texts have in common, from 0 to 1: twice the number of
// words that both have, by the number of words of both (the coefficient of Sørensen
// and Dice). A word counts as often as it is there, its case and what is no letter
// and no digit do not count, nor do links; in scripts that do not divide words each
// character is one. The order of the words does not count.
func Similarity(a, b string) float64 {
	left, right := wordsOf(a), wordsOf(b)
	if len(left)+len(right) == 0 {
		return 0
	}
	count := map[string]int{}
	for _, w := range left {
		count[w]++
	}
	common := 0
	for _, w := range right {
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(left)+len(right))
}

// wordsOf are the words of a text as [Similarity] counts them.
func wordsOf(text string) []string {
	var rest strings.Builder
	at := 0
	for _, e := range Entities(text) {
		if e.Kind == KindURL {
			rest.WriteString(text[at:e.Start] + " ")
			at = e.End
		}
	}
	rest.WriteString(text[at:])
	var words []string
	for _, field := range strings.FieldsFunc(strings.ToLower(sameText(rest.String())), func(r rune) bool {
		return !isOfWord(r)
	}) {
		word := 0 // where the word begins that is not divided
		for i, r := range field {
			if !undivided(r) {
				continue
			}
			if word < i {
				words = append(words, field[word:i])
			}
			words = append(words, string(r))
			word = i + len(string(r))
		}
		if word < len(field) {
			words = append(words, field[word:])
		}
	}
	return words
}

// isOfWord reports whether a character is a part of a word.
func isOfWord(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) }

// undivided reports whether a character is of a script that does not divide words.
func undivided(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer,
		unicode.Myanmar) && unicode.IsLetter(r)
}
