// Command mutants shows that the campaign would notice: it takes one safeguard
// of the protocol away, plays worlds until one is wrong, and goes on to the next.
// It ends with status 0 only if each of the changed protocols was found out.
//
// The sources stay as they are: the changed file is laid over the original for
// one build (go help build, -overlay).
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// mutant is a protocol without one of its safeguards.
type mutant struct {
	name     string
	file     string
	old, new string // old stands exactly once in the file
}

func mutants() []mutant {
	return []mutant{
		{
			"the intent is not written before the request", "shared/publish/run.go",
			"	return r.Posts.Save(ctx, p)\n",
			"	q := p\n	if q.Sub != post.Reconciling {\n		q.Attempt = nil\n	}\n	saved, err := r.Posts.Save(ctx, q)\n" +
				"	saved.Attempt = p.Attempt\n	return saved, err\n",
		},
		{
			"the record is written whoever changed it meanwhile", "shared/storetest/memory.go",
			"	if *was != *rev {\n		return next, conflict()\n	}\n", "",
		},
		{
			"absence counts without a settling time", "shared/publish/publish.go",
			"Settle: settle, Apart", "Settle: 0, Apart",
		},
		{
			"a reply is told by its text alone", "shared/publish/settle.go",
			"if s.Parent == parent && canonical", "if (s.Parent == parent || true) && canonical",
		},
		{
			"a first tweet may be another post's", "shared/publish/settle.go",
			"if r.rec.Parent() != \"\" || len(found) == 0 {", "if true {",
		},
		{
			"a tweet leaves as soon as X has its own media", "shared/publish/prepare.go",
			"media := r.content.Media(r.rec.Next())\n", "media := r.content.Tweets[r.rec.Next()].Media\n",
		},
		{
			"what X soon forgets is not uploaded again", "shared/publish/prepare.go",
			"if u.Stage != Processing && !u.Expires.After(r.Now()) {", "if u.Stage == \"\" {",
		},
		{
			"a new tweet that X does not show counts as deleted", "shared/publish/unpublish.go",
			"tweet.PostedAt.Add(r.Config.Settle)", "tweet.PostedAt",
		},
		{
			"a record is deleted that tells two posts apart", "shared/post/removal.go",
			"	case len(onX) == 0:\n", "	case true:\n",
		},
	}
}

func main() {
	runs := flag.Uint64("runs", 10_000, "how many worlds each mutant may survive")
	seed := flag.Uint64("seed", 1, "the seed of the first world")
	flag.Parse()
	survived := 0
	for _, m := range mutants() {
		after, err := m.kill(*seed, *runs)
		switch {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: %v\n", m.name, err)
			os.Exit(1)
		case after < 0:
			survived++
			fmt.Printf("SURVIVED %d worlds: %s\n", *runs, m.name)
		default:
			fmt.Printf("found out by world %d: %s\n", after, m.name)
		}
	}
	if survived > 0 {
		os.Exit(1)
	}
}

// wrong finds the seed of the world that the campaign failed in.
var wrong = regexp.MustCompile(`world (\d+) is wrong`)

// kill plays worlds with the mutant, and tells which found it out; -1 when none did.
func (m mutant) kill(seed, runs uint64) (int, error) {
	dir, err := os.MkdirTemp("", "spool-mutant-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.lay(dir)
	if err != nil {
		return 0, err
	}
	out, err := exec.Command("go", "test", "-overlay", overlay, "./infra/chaos", "-count=1", "-timeout=30m", "-run", "^TestCampaign$",
		"-args", "-seed", fmt.Sprint(seed), "-runs", fmt.Sprint(runs)).CombinedOutput()
	if err == nil {
		return -1, nil
	}
	found := wrong.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("the campaign did not run: %w\n%s", err, out)
	}
	return strconv.Atoi(string(found[1]))
}

// lay writes the changed file into dir, and what tells go to use it.
func (m mutant) lay(dir string) (overlay string, err error) {
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return "", fmt.Errorf("%s has %d times what the mutant changes: adapt the mutant to it", m.file, n)
	}
	changed := filepath.Join(dir, "mutant.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}
	content, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, content, 0o600)
}
