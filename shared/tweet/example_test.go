package tweet_test

import (
	"fmt"

	"spool/shared/tweet"
)

func ExampleWeightedLength() {
	fmt.Println(tweet.WeightedLength("Hello"))
	fmt.Println(tweet.WeightedLength("你好"))
	fmt.Println(tweet.WeightedLength("👩‍👩‍👧‍👦"))
	fmt.Println(tweet.WeightedLength("https://example.com/a/very/long/path/that/costs/nothing"))
	// Output:
	// 5
	// 4
	// 2
	// 23
}

func ExampleSplit() {
	text := `Estimates

For six years our team gave every ticket a number. Then, in March, we stopped. Nothing broke.

What we do now:

- Cut the work until it fits.
- Count the pieces.`
	parts, err := tweet.Split(tweet.Plain(text), tweet.Options{Limit: 120, Numbering: tweet.Numbering{Format: "1/n"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range parts {
		fmt.Printf("%s\n\n", p.Text)
	}
	// Output:
	// Estimates
	//
	// For six years our team gave every ticket a number. Then, in March, we stopped. Nothing broke. 1/2
	//
	// What we do now:
	//
	// - Cut the work until it fits.
	// - Count the pieces. 2/2
}

func ExampleCheck() {
	thread := []tweet.Draft{{Text: "Buy $ABC and $XYZ"}, {Text: "More at example.com"}, {Text: "and example.org"}}
	for _, f := range tweet.Check(thread, tweet.Rules{Prices: tweet.ListPrices()}) {
		fmt.Println(f.Tweet, f.Severity, f.Message)
	}
	// Output:
	// 1 error The tweet has more than one cashtag; X allows one. Take the $ away from $XYZ.
	// 0 hint 2 tweets have links. With all of them in one tweet the thread would cost $0.185 less.
}
