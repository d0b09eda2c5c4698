// Command official compares package tweet with the official counter, twitter-text 3.1.0,
// on random texts, and their speeds. It needs Node and a folder with that package:
//
//	npm install --prefix /tmp/official twitter-text@3.1.0
//	go run ./shared/tweet/internal/official -modules /tmp/official/node_modules
//
// The seed is printed; -seed repeats a run. The status is 1 if any text differs.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"spool/shared/tweet"
)

// folder is where the package lies in the repository, which the command is run in.
const folder = "shared/tweet/"

// An answer is a line of official.cjs: a text and what the official counter makes of it,
// or, at the end, its speed.
type answer struct {
	Text                               string
	WeightedLength, Permillage         int
	Valid                              bool
	DisplayRangeStart, DisplayRangeEnd int
	ValidRangeStart, ValidRangeEnd     int
	URLs                               []string

	MegabytesPerSecond float64
}

func main() {
	modules := flag.String("modules", "node_modules", "folder of npm packages with twitter-text")
	seed := flag.Uint("seed", uint(time.Now().Unix()), "seed of the texts")
	n := flag.Int("n", 15000, "number of texts")
	flag.Parse()
	if err := run(*modules, *seed, *n); err != nil {
		fmt.Fprintln(os.Stderr, "official:", err)
		os.Exit(1)
	}
}

func run(modules string, seed uint, n int) error {
	fmt.Printf("seed %d\n", seed)
	node := exec.Command("node", folder+"internal/official/official.cjs", strconv.FormatUint(uint64(seed),
		10), strconv.Itoa(n),
		folder+"internal/tables/data/rgi-emoji-17.0.txt", folder+"testdata/twitter-text/tlds.json")
	node.Env = append(os.Environ(), "NODE_PATH="+modules)
	node.Stderr = os.Stderr
	out, err := node.StdoutPipe()
	if err != nil {
		return err
	}
	if err := node.Start(); err != nil {
		return err
	}
	different, speed, err := compare(out)
	if err := errors.Join(err, node.Wait()); err != nil {
		return err
	}
	own := ownSpeed()
	fmt.Printf("%d texts, %d differ\n%.0f MB/s of English, official %.2f MB/s: %.0f times as fast\n", n, different, own,
		speed, own/speed)
	if different > 0 {
		return fmt.Errorf("%d of %d texts differ", different, n)
	}
	return nil
}

// compare reads answers and counts those that package tweet does not give.
func compare(in io.Reader) (different int, speed float64, err error) {
	decoder := json.NewDecoder(bufio.NewReader(in))
	for {
		var want answer
		if err := decoder.Decode(&want); errors.Is(err, io.EOF) {
			return different, speed, nil
		} else if err != nil {
			return different, speed, err
		}
		if want.MegabytesPerSecond > 0 {
			speed = want.MegabytesPerSecond
			continue
		}
		if got := ask(want.Text); !equal(got, want) {
			different++
			fmt.Printf("%q\n got %+v\nwant %+v\n", want.Text, got, want)
		}
	}
}

// ask gives package tweet's answer.
func ask(text string) answer {
	c := tweet.Weigh(text, tweet.StandardLimit)
	a := answer{
		Text: text, WeightedLength: tweet.WeightedLength(text), Permillage: c.Permillage, Valid: c.Valid,
		DisplayRangeStart: c.DisplayStart, DisplayRangeEnd: c.DisplayEnd, ValidRangeStart: c.ValidStart,
		ValidRangeEnd: c.ValidEnd,
	}
	for _, l := range tweet.Links(text) {
		a.URLs = append(a.URLs, l.Text)
	}
	return a
}

func equal(a, b answer) bool {
	return slices.Equal(a.URLs, b.URLs) && a.WeightedLength == b.WeightedLength && a.Permillage == b.Permillage &&
		a.Valid == b.Valid &&
		a.DisplayRangeStart == b.DisplayRangeStart && a.DisplayRangeEnd == b.DisplayRangeEnd &&
		a.ValidRangeStart == b.ValidRangeStart && a.ValidRangeEnd == b.ValidRangeEnd
}

// ownSpeed returns how many megabytes of the same English text package tweet counts in a second.
func ownSpeed() float64 {
	text := strings.Repeat("The second thing is that people like small work, and that nobody had believed the number anyway. ", 1000)
	start, rounds := time.Now(), 0
	for ; time.Since(start) < time.Second; rounds++ {
		tweet.WeightedLength(text)
	}
	return float64(rounds) * float64(len(text)) / 1e6 / time.Since(start).Seconds()
}
