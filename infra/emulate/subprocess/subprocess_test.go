package subprocess

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, tt := range []struct {
		name   string
		writes []string
		want   []string // each one Write
	}{
		{"a line is passed on with the prefix", []string{"hello\n"}, []string{"p | hello\n"}},
		{"pieces are joined", []string{"hel", "lo\nwor", "ld\n"}, []string{"p | hello\n", "p | world\n"}},
		{"several lines are several writes", []string{"a\n\nb\n"}, []string{"p | a\n", "p | \n", "p | b\n"}},
		{"an unfinished line is passed on by Close", []string{"a\nb"}, []string{"p | a\n", "p | b\n"}},
		{"a line without end does not grow for ever", []string{long, "y\n"}, []string{"p | " + long + "\n", "p | y\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got writes
			l := NewLines(&got, "p | ")
			for _, s := range tt.writes {
				if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("passed on %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("a failing writer is reported", func(t *testing.T) {
		if _, err := NewLines(broken{}, "").Write([]byte("a\n")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("Write = %v", err)
		}
	})
}

type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(bytes.Clone(p)))
	return len(p), nil
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
