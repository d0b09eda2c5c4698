package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/tweet"
)

type countCommand struct {
	File    string `arg:"" optional:"" default:"-" help:"The text to count; left out, or -, it is standard input. Its last line end does not count."`
	JSONL   bool   `name:"jsonl" help:"The file has lines of the form {\"text\": …}; count each."`
	Premium bool   `help:"Validate for an account with Premium, whose tweets may have 25,000 characters."`
}

func (countCommand) Help() string {
	return `Prints a line of JSON for each text.

Examples:

  spool count text.txt
  echo "Grüße https://example.com" | spool count
  spool count --jsonl texts.jsonl | jq .weighted_length`
}

// A counted is the answer for one text.
type counted struct {
	WeightedLength int      `json:"weighted_length"`
	Valid          bool     `json:"valid"`
	URLs           []string `json:"urls"`
}

// Run prints a line of JSON for each text.
func (c *countCommand) Run(s *session) error {
	out := bufio.NewWriter(s.Out)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if !c.JSONL {
		text, err := s.text(c.File)
		if err != nil {
			return err
		}
		if err := encoder.Encode(count(strings.TrimSuffix(text, "\n"), limit(c.Premium))); err != nil {
			return err
		}
		return out.Flush()
	}
	err := c.eachLine(s, func(text string) error { return encoder.Encode(count(text, limit(c.Premium))) })
	return errors.Join(err, out.Flush()) // what was counted before a bad line is printed
}

// eachLine calls do with the text of each line. It stops at the first that is none.
func (c *countCommand) eachLine(s *session, do func(text string) error) error {
	in, closeFile, err := s.open(c.File)
	if err != nil {
		return err
	}
	defer closeFile()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxFile)
	for n := 1; lines.Scan(); n++ {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		text, err := textOf(line)
		if err != nil {
			return inFile{c.File, err.At(fmt.Sprintf("line %d", n)).Todo("Correct it; the lines before it are counted.")}
		}
		if err := do(text); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return inFile{c.File, fault.New(fault.TooLarge, "A line is longer than %d MB.", maxFile>>20).Todo("Split it.")}
	}
	return lines.Err()
}

// textOf reads a line of the form {"text": "…"}.
func textOf(line []byte) (string, *fault.Error) {
	if bad, ok := errors.AsType[*fault.Error](intake.JSON(line)); ok {
		return "", bad
	}
	var object struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(line, &object); err != nil || object.Text == nil {
		return "", fault.New(fault.Invalid, "The line is not of the form {\"text\": \"…\"}.")
	}
	return intake.LF(*object.Text), nil
}

func count(text string, limit int) counted {
	c := tweet.Weigh(text, limit)
	answer := counted{WeightedLength: c.Weighted, Valid: c.Valid, URLs: []string{}}
	for _, l := range tweet.Links(text) {
		answer.URLs = append(answer.URLs, l.Text)
	}
	return answer
}
