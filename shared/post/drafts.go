package post

import "spool/shared/tweet"

// Drafts gives a thread as the rules and prices of texts take it.
func Drafts(tweets []Tweet) []tweet.Draft {
	d := make([]tweet.Draft, len(tweets))
	for i, t := range tweets {
		d[i] = tweet.Draft{
			Text: t.Text, ReplySettings: t.ReplySettings, QuoteID: t.QuoteID, CommunityID: t.CommunityID,
			MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership,
		}
		for _, m := range t.Media {
			d[i].Media = append(d[i].Media, tweet.Medium{
				Kind: m.Kind, Bytes: m.Bytes, AltText: m.AltText, Beyond: m.Beyond, Still: m.Still,
			})
		}
		if t.Poll != nil {
			d[i].Poll = &tweet.Poll{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
		}
	}
	return d
}
