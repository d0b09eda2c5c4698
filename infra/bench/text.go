package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"spool/infra/bench/npm"
	"spool/infra/bench/report"
	"spool/shared/tweet"
)

const (
	textSize = 10_000                 // bytes of each text
	textTime = 300 * time.Millisecond // of CPU time, for which each is read again and again
	textRuns = 3                      // of which the best one counts
)

// sample is a text of one kind.
type sample struct{ name, text string }

// samples are texts as people write them, in several scripts.
func samples() []sample {
	long := func(unit string) string { return strings.Repeat(unit, max(1, textSize/len(unit))) }
	const english = "We graded every task for six years, and what we learnt is that the first answer is rarely the best one. "
	return []sample{
		{"English", long(english)},
		{"an English tweet", english + english[:100]},
		{"English with links, names and tags", long(english + "See https://example.com/a/b?c=d#e and spool.test/launch, says @ada_lovelace in #publishing; $SPL is not for sale. ")},
		{"French", long("À l'été dernier, l'équipe a noté chaque tâche ; « voilà ce que ça donne », dit-elle, œuvre après œuvre. ")},
		{"Chinese", long("六年来,我们的团队给每一个任务都打分。最重要的是,第一个答案很少是最好的。")},
		{"Arabic", long("على مدى ست سنوات قيّم فريقنا كل مهمة، وتعلمنا أن الإجابة الأولى نادرا ما تكون الأفضل. ")},
		{"emoji", long("It is out 🚀👩‍👩‍👧‍👦, and the flags are 🇩🇪🇫🇷; well done 👋🏽! ")},
	}
}

// text measures how fast texts are weighed and split, beside the official counter on the same ones, which must come to
// the same weight.
func (b *bench) text(ctx context.Context) error {
	peers, err := npm.Install(ctx)
	if err != nil {
		return err
	}
	all := samples()
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = s.text
	}
	official := make([]float64, len(all))
	weighing, splitting := make([]float64, len(all)), make([]float64, len(all))
	for range textRuns {
		weights, err := peers.Weigh(ctx, texts, textTime.Seconds())
		if err != nil {
			return err
		}
		for i, s := range all {
			if got := tweet.WeightedLength(s.text); got != weights[i].WeightedLength {
				return fmt.Errorf("%s: the text weighs %d, and the official counter says %d", s.name, got, weights[i].WeightedLength)
			}
			official[i] = max(official[i], weights[i].Speed)
			weighing[i] = max(weighing[i], speed(s.text, func() { tweet.WeightedLength(s.text) }))
			split := func() { _, err = tweet.Split(tweet.Plain(s.text), tweet.Options{}) }
			splitting[i] = max(splitting[i], speed(s.text, split))
			if err != nil {
				return err
			}
		}
	}
	const mega = 1e6
	for _, what := range []struct {
		family    string
		speeds    []float64
		tolerance float64
		why       string
	}{
		{"counting", weighing, 0, ""},
		{"splitting", splitting, 0.15, "it allocates, and how much of the garbage is collected meanwhile varies"},
	} {
		for i, s := range all {
			b.add(report.Row{
				Family: what.family + " text, for a second of CPU time", Name: s.name, More: true,
				Value: what.speeds[i] / mega, Unit: "MB",
				Beside: official[i] / mega, Against: "twitter-text counts it",
				Tolerance: what.tolerance, Why: what.why,
			})
		}
	}
	return nil
}

// speed is how many bytes of a text are worked on in a second of this program's CPU time, by doing it again and again.
func speed(text string, do func()) float64 {
	const look = 5 * time.Millisecond // by the clock
	rounds, begun := 0, worked()
	for worked()-begun < textTime {
		for next := time.Now().Add(look); time.Now().Before(next); rounds++ {
			do()
		}
	}
	return float64(len(text)*rounds) / (worked() - begun).Seconds()
}

// worked is the CPU time that this program has taken so far.
func worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it only fails when it is called wrongly
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
