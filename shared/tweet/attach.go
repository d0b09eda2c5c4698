package tweet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// X's limits for what comes with a text.
const (
	maxImages      = 4
	maxAltText     = 1000
	minPollOptions = 2
	maxPollOptions = 4
	maxPollOption  = 25
	minPollMinutes = 5
	maxPollMinutes = 7 * 24 * 60
)

// maxMediumBytes is the largest file of each kind.
func maxMediumBytes(k MediumKind) int64 {
	const mega = 1 << 20
	switch k {
	case Image:
		return 5 * mega
	case GIF:
		return 15 * mega
	case Video:
		return 512 * mega
	}
	return 0
}

func (c *checker) checkMedia(media []Medium) {
	counts := map[MediumKind]int{}
	for i, m := range media {
		counts[m.Kind]++
		limit := maxMediumBytes(m.Kind)
		switch {
		case limit == 0:
			c.add(Error, CodeUnknownMedium, "Medium %d is of the kind %q; X takes image, gif and video.", i+1, m.Kind)
		case m.Bytes > limit:
			c.add(Error, CodeMediumTooLarge, "Medium %d has %d MB; X takes at most %d MB for the kind %s. Make it smaller.", i+1,
				m.Bytes>>20, limit>>20, m.Kind)
		}
		if m.Beyond != "" && c.rules.Limit > StandardLimit {
			c.add(Warning, CodeMediumBeyond, "Medium %d: %s X may take it all the same, since the account has Premium.",
				i+1, m.Beyond)
		} else if m.Beyond != "" {
			c.add(Error, CodeMediumBeyond, "Medium %d: %s Or publish it from an account with Premium, marked as such.",
				i+1, m.Beyond)
		}
		if m.Still {
			c.add(Hint, CodeMediumStill,
				"Medium %d moves, but X shows pictures of this format still. Make it a GIF or a video if it is to move.", i+1)
		}
		if n := utf8.RuneCountInString(m.AltText); n > maxAltText {
			c.add(Error, CodeAltText, "The description of medium %d has %d characters; X takes at most %d. Shorten it.", i+1, n,
				maxAltText)
		}
	}
	switch single := counts[GIF] + counts[Video]; {
	case single > 0 && len(media) > single:
		c.add(Error, CodeMixedMedia, "A GIF or video must be alone in its tweet. Put the pictures into another one.")
	case single > 1:
		c.add(Error, CodeTooManyMedia, "The tweet has %d GIFs or videos; X takes one.", single)
	case counts[Image] > maxImages:
		c.add(Error, CodeTooManyMedia, "The tweet has %d pictures; X takes %d. Spread them over several tweets.",
			counts[Image], maxImages)
	}
}

func (c *checker) checkPoll(p *Poll) {
	if p == nil {
		return
	}
	if n := len(p.Options); n < minPollOptions || n > maxPollOptions {
		c.add(Error, CodePollOptions, "The poll has %d answers; X takes %d to %d.", n, minPollOptions, maxPollOptions)
	}
	for i, option := range p.Options {
		if n := utf8.RuneCountInString(option); strings.TrimSpace(option) == "" || n > maxPollOption {
			c.add(Error, CodePollOptions, "Answer %d of the poll has %d characters; X takes 1 to %d.", i+1, n, maxPollOption)
		}
	}
	if p.Minutes < minPollMinutes || p.Minutes > maxPollMinutes {
		c.add(Error, CodePollDuration, "The poll lasts %d minutes; X takes %d to %d (a week).", p.Minutes, minPollMinutes,
			maxPollMinutes)
	}
}

// IsReplySetting reports the values that X takes; empty means everybody.
func IsReplySetting(s string) bool {
	return slices.Contains([]string{"", "following", "mentionedUsers", "subscribers", "verified"}, s)
}

func (c *checker) checkOptions(d Draft) {
	if !IsReplySetting(d.ReplySettings) {
		c.add(Error, CodeReplySettings,
			"The reply setting %q is unknown; X takes following, mentionedUsers, subscribers and verified.", d.ReplySettings)
	}
	if d.QuoteID != "" {
		c.add(Error, CodeQuote, "X does not let programs quote tweets since 20 April 2026. Link to the tweet instead.")
	}
	kinds := 0
	for _, present := range []bool{len(d.Media) > 0, d.Poll != nil, d.QuoteID != ""} {
		if present {
			kinds++
		}
	}
	if kinds > 1 {
		c.add(Error, CodeExclusive, "A tweet has either media, a poll or a quotation. Spread them over several tweets.")
	}
}
