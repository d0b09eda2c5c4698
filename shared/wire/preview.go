package wire

import "spool/shared/tweet"

// PreviewInput is a text to split, or a thread as it stands.
type PreviewInput struct {
	AccountID string       `json:"account_id,omitempty" maxLength:"19" doc:"The account that will post; its limit counts, and what is said already"`
	PostID    string       `json:"post_id,omitempty" maxLength:"64" doc:"The post that is edited: it is no duplicate of itself"`
	Tweets    []TweetInput `json:"tweets,omitempty" maxItems:"500" doc:"A thread as it stands, in place of text"`
	Writing
}

// Writing is a text that is to become a thread.
type Writing struct {
	Text      string     `json:"text,omitempty" maxLength:"300000" doc:"A text to be split into a thread, in place of tweets; a line of --- always breaks"`
	Format    string     `json:"format,omitempty" enum:"text,markdown" doc:"How text is written; left out it is plain text. Of Markdown, front matter is not published but says what it says in a file, pictures are files that were uploaded, as in ![A cat](media:ID), and what the thread does not show of the text is said"`
	OneEach   bool       `json:"one_each,omitempty" doc:"Each paragraph of text gets a tweet of its own"`
	Numbering *Numbering `json:"numbering,omitempty" doc:"Marks the tweets of text with their place in the thread"`
}

// Numbering marks the posts of a thread with their place.
type Numbering struct {
	Format string `json:"format" maxLength:"40" doc:"Shows the first number: 1 stands for the place and n for how many there are, as in 1/n, (1/n) or 1."`
	First  bool   `json:"first,omitempty" doc:"The number stands before the text and not behind it"`
}

// Preview shows a thread before it is saved.
type Preview struct {
	Tweets   []PreviewTweet  `json:"tweets" nullable:"false"`
	Findings []tweet.Finding `json:"findings" nullable:"false"`
	Cost     tweet.Cost      `json:"cost"`
}

// PreviewTweet shows one post of a thread.
type PreviewTweet struct {
	tweet.PreviewedTweet
	Extras
}

// Price is what a month's schedule costs at X.
type Price struct {
	Month string     `json:"month"`
	Posts int        `json:"posts" doc:"Threads that start in the month: published, going out or scheduled"`
	Cost  tweet.Cost `json:"cost"`

	Budgets []Budget `json:"budgets,omitempty" doc:"What its owner allows for the month"`
}
