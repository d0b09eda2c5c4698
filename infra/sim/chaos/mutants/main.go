// Command mutants shows that the campaigns would notice: it takes one safeguard
// of the protocol away, plays random worlds until one is wrong, then every history
// with so many faults, and goes on to the next. It ends with status 0 only if each of
// the changed protocols was found out by one of the two.
//
// The sources stay as they are: the changed file is laid over the original for
// one build (go help build, -overlay).
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"spool/infra/overlay"
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
			"Settle: settle, ReadGap", "Settle: 0, ReadGap",
		},
		{
			"a reply is told by its text alone", "shared/publish/search.go",
			"if p.Parent == parent && tweet.Canonical", "if (p.Parent == parent || true) && tweet.Canonical",
		},
		{
			"a first tweet may be another post's", "shared/publish/search.go",
			"if s.rec.Parent() != \"\" || len(found) == 0 {", "if true {",
		},
		{
			"a tweet leaves as soon as X has its own media", "shared/publish/run.go",
			"media := r.content.Media(r.rec.Next())\n", "media := r.content.Tweets[r.rec.Next()].Media\n",
		},
		{
			"what X soon forgets is not uploaded again", "shared/publish/uploads.go",
			"if one.Stage != Processing && !one.Expires.After(u.now()) {", "if one.Stage == \"\" {",
		},
		{
			"a new tweet that X does not show counts as deleted", "shared/publish/unpublish.go",
			"t.PostedAt.Add(d.Config.Settle)", "t.PostedAt",
		},
		{
			"ownership is not checked in the store", "shared/storetest/owners.go",
			"return o, known && (o.kept || m.posts[o.post].Holds(id, o.position))", "return o, known && false",
		},
		{
			"a record is deleted without a word on whose its tweets are", "shared/storetest/memory.go",
			"		m.owners[r.ID] = owner{p.ID, i + 1, true}\n", "		_, _ = i, r\n",
		},
		{
			"a post is not known by what it begins with", "shared/storetest/owners.go",
			"	m.openings[k][p.ID] = true\n", "",
		},
	}
}

func main() {
	runs := flag.Uint64("runs", 10_000, "how many worlds each mutant may survive")
	seed := flag.Uint64("seed", 1, "the seed of the first world")
	depth := flag.Int("depth", 1, "the most faults of the histories that are played besides")
	flag.Parse()
	survived := 0
	for _, m := range mutants() {
		world, history, err := m.kill(*seed, *runs, *depth)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", m.name, err)
			os.Exit(1)
		}
		if world == "" && history == "" {
			survived++
		}
		fmt.Printf("%-60s  world: %-6s  history: %s\n", m.name, cmp.Or(world, "none"), cmp.Or(history, "none"))
	}
	if survived > 0 {
		os.Exit(1)
	}
}

var (
	// world finds the seed of the world that the campaign failed in, and history the
	// faults.
	world   = regexp.MustCompile(`world (\d+) is wrong`)
	history = regexp.MustCompile(`SCENES='(.*)' REPLAY='(.*)'`)
	// unreached is how a campaign fails that found nothing wrong: with a mutant it
	// may come by less, or more.
	unreached = regexp.MustCompile(`was (never )?reached`)
)

// kill plays worlds and histories with the mutant, and tells which of each found it
// out; empty when none did.
func (m mutant) kill(seed, runs uint64, depth int) (byWorld, byHistory string, err error) {
	dir, err := os.MkdirTemp("", "spool-mutant-")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(dir)
	changed, err := m.lay(dir)
	if err != nil {
		return "", "", err
	}
	found, err := play(changed, world, "^TestCampaign$", "-seed", fmt.Sprint(seed), "-runs", fmt.Sprint(runs))
	if err != nil {
		return "", "", err
	}
	byWorld = strings.Join(found, "")
	found, err = play(changed, history, "^TestEveryHistory$", "-depth", fmt.Sprint(depth))
	if len(found) == 2 && found[1] == "" {
		found[1] = "without a fault"
	}
	return byWorld, strings.Join(found, ", "), err
}

// play runs a campaign, and gives what a failure names; nothing where it finds
// nothing wrong.
func play(changed string, what *regexp.Regexp, test string, args ...string) ([]string, error) {
	command := append([]string{
		"test", "-overlay", changed, "./infra/sim/chaos", "-count=1", "-timeout=0", "-run", test, "-args",
	}, args...)
	out, err := exec.Command("go", command...).CombinedOutput()
	if found := what.FindStringSubmatch(string(out)); found != nil {
		return found[1:], nil
	}
	if err != nil && !unreached.Match(out) {
		return nil, fmt.Errorf("the campaign did not run: %w\n%s", err, out)
	}
	return nil, nil
}

// lay writes the changed file into dir, and gives the flag by which go uses it.
func (m mutant) lay(dir string) (flag string, err error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return "", fmt.Errorf("%s has %d times what the mutant changes: adapt the mutant to it", m.file, n)
	}
	return overlay.Lay(dir, map[string][]byte{m.file: []byte(strings.Replace(string(source), m.old, m.new, 1))})
}
