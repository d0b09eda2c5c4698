package tweet

import (
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	rules := Rules{Username: "spool", Prices: ListPrices()}
	// long weighs 285: 5 more than fit.
	long := strings.Repeat("word ", 57)
	tests := []struct {
		name   string
		thread []Draft
		want   []Finding // without messages
	}{
		{"fine thread", []Draft{{Text: "Hello"}, {Text: "and $TWTR with #tag"}}, nil},
		{"no posts", nil, []Finding{{0, Error, CodeEmptyThread, "", 0, 0, nil, 0}}},
		{"blank post", []Draft{{Text: " \n"}}, []Finding{{1, Error, CodeBlank, "", 0, 0, nil, 0}}},
		{"picture without text", []Draft{{Media: []Medium{{Kind: Image}}}}, nil},
		{"too long, from the first character that is too much", []Draft{{Text: long}}, []Finding{{1, Error, CodeTooLong, "", 280, 285, nil, 0}}},
		{"position in UTF-16 units", []Draft{{Text: strings.Repeat("😀", 141)}}, []Finding{{1, Error, CodeTooLong, "", 280, 282, nil, 0}}},
		{"position in text that is not normalised", []Draft{{Text: strings.Repeat("e\u0301", 281)}}, []Finding{{1, Error, CodeTooLong, "", 560, 562, nil, 0}}},
		{"invalid character", []Draft{{Text: "😀a\ufeffb"}}, []Finding{{1, Error, CodeInvalidCharacter, "", 3, 4, nil, 0}}},
		{"second cashtag", []Draft{{Text: "buy $ABC or $XYZ or $DEF"}}, []Finding{{1, Error, CodeCashtags, "", 12, 16, nil, 0}}},
		{"stranger", []Draft{{Text: "hi @spool and @other"}}, []Finding{{1, Warning, CodeMention, "", 14, 20, nil, 0}}},
		{"the same text twice in the thread", []Draft{{Text: "again"}, {Text: "other"}, {Text: " again"}}, []Finding{{3, Error, CodeDuplicateInThread, "", 0, 0, nil, 0}}},
		{"eight posts", numbered(8), []Finding{{0, Warning, CodeLongThread, "", 0, 0, nil, 0}}},
		{"links in two posts", []Draft{{Text: "a.com"}, {Text: "b.com"}}, []Finding{{0, Hint, CodeSpreadLinks, "", 0, 0, nil, 0}}},
		{"five pictures", []Draft{{Media: slices.Repeat([]Medium{{Kind: Image}}, 5)}}, []Finding{{1, Error, CodeTooManyMedia, "", 0, 0, nil, 0}}},
		{"two videos", []Draft{{Media: slices.Repeat([]Medium{{Kind: Video}}, 2)}}, []Finding{{1, Error, CodeTooManyMedia, "", 0, 0, nil, 0}}},
		{"GIF with picture", []Draft{{Media: []Medium{{Kind: GIF}, {Kind: Image}}}}, []Finding{{1, Error, CodeMixedMedia, "", 0, 0, nil, 0}}},
		{"large picture", []Draft{{Media: []Medium{{Kind: Image, Bytes: 5<<20 + 1}}}}, []Finding{{1, Error, CodeMediumTooLarge, "", 0, 0, nil, 0}}},
		{"unknown medium", []Draft{{Media: []Medium{{Kind: "pdf"}}}}, []Finding{{1, Error, CodeUnknownMedium, "", 0, 0, nil, 0}}},
		{"long description", []Draft{{Media: []Medium{{Kind: Image, AltText: strings.Repeat("ä", 1001)}}}}, []Finding{{1, Error, CodeAltText, "", 0, 0, nil, 0}}},
		{"good poll", []Draft{{Text: "?", Poll: &Poll{Options: []string{"yes", "no"}, Minutes: 5}}}, nil},
		{"poll with one answer", []Draft{{Text: "?", Poll: &Poll{Options: []string{"yes"}, Minutes: 5}}}, []Finding{{1, Error, CodePollOptions, "", 0, 0, nil, 0}}},
		{"poll with a long answer", []Draft{{Text: "?", Poll: &Poll{Options: []string{"yes", strings.Repeat("n", 26)}, Minutes: 5}}}, []Finding{{1, Error, CodePollOptions, "", 0, 0, nil, 0}}},
		{"poll of a minute", []Draft{{Text: "?", Poll: &Poll{Options: []string{"yes", "no"}, Minutes: 1}}}, []Finding{{1, Error, CodePollDuration, "", 0, 0, nil, 0}}},
		{"poll with picture", []Draft{{Media: []Medium{{Kind: Image}}, Poll: &Poll{Options: []string{"yes", "no"}, Minutes: 5}}}, []Finding{{1, Error, CodeExclusive, "", 0, 0, nil, 0}}},
		{"unknown reply setting", []Draft{{Text: "a", ReplySettings: "friends"}}, []Finding{{1, Error, CodeReplySettings, "", 0, 0, nil, 0}}},
		{"quotation", []Draft{{Text: "a", QuoteID: "1"}}, []Finding{{1, Error, CodeQuote, "", 0, 0, nil, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(tt.thread, rules)
			for i := range got {
				if !strings.HasSuffix(got[i].Message, ".") || strings.Contains(got[i].Message, "%!") {
					t.Errorf("message %q is not a sentence", got[i].Message)
				}
				got[i].Message = ""
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			wantErrors := slices.ContainsFunc(tt.want, func(f Finding) bool { return f.Severity == Error })
			if HasErrors(got) != wantErrors {
				t.Errorf("HasErrors = %v, want %v", !wantErrors, wantErrors)
			}
		})
	}
}

func TestCheckTakesLongPostsOfPremiumAccounts(t *testing.T) {
	thread := []Draft{{Text: strings.Repeat("a", PremiumLimit)}}
	if got := Check(thread, Rules{Limit: PremiumLimit}); len(got) > 0 {
		t.Errorf("got %+v, want nothing", got)
	}
}

// numbered returns a thread of n different posts.
func numbered(n int) []Draft {
	var thread []Draft
	for i := range n {
		thread = append(thread, Draft{Text: strings.Repeat("a", i+1)})
	}
	return thread
}
