package media_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"spool/shared/media"
	"spool/shared/media/mediatest"
)

// line is the command in a fix.
var line = regexp.MustCompile(`ffmpeg -i INPUT .*OUTPUT\.\w+`)

// What is said to do about a problem is done, and X takes the result.
func TestTheFixesHelp(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg, whose lines are tried, is not installed")
	}
	files := map[string][]byte{
		"wide.gif": mediatest.GIF(1282, 2, 2, 1), "many.gif": mediatest.GIF(32, 32, 351, 1),
		"opengop.mp4": bytes.Replace(sample(t, "silent.mp4"), []byte("stss"), []byte("stps"), 1),
	}
	for _, name := range []string{
		"chroma422.mp4", "chroma444.mov", "interlaced.mp4", "stretched.mp4", "surround.mp4", "flat.mp4", "large.mp4", "upright.mp4", "long.mp4", "fast.mp4",
		"wide.mp4", "mp3.mp4", "fragmented.mp4", "hevc.mp4",
	} {
		files[name] = sample(t, name)
	}
	for name, b := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems, err := media.Examine(bytes.NewReader(b), media.File{Name: name, Size: int64(len(b))})
			if err != nil || len(problems) != 1 {
				t.Fatalf("%v, %v", problems, err)
			}
			command := line.FindString(problems[0].Fix)
			if command == "" {
				t.Fatalf("there is no line in %q", problems[0].Fix)
			}
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "INPUT", name, 1))
			cmd.Dir = folder
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", command, err, said)
			}
			out := "OUTPUT" + filepath.Ext(command)
			made, err := os.ReadFile(filepath.Join(folder, out))
			if err != nil {
				t.Fatal(err)
			}
			if info, problems, err := media.Examine(bytes.NewReader(made), media.File{Name: out, Size: int64(len(made))}); err != nil || len(problems) > 0 {
				t.Errorf("%s gives %+v: %v, %v", command, info, problems, err)
			}
		})
	}
}
