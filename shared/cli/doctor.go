package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/costs"
	"spool/shared/wire"
)

type doctorCommand struct {
	Costs bool `help:"Show what a month costs at AWS, from counted requests, in place of what is wrong."`
}

func (doctorCommand) Help() string {
	return `Each line is ok, or says what is wrong and what to do. Spool's functions look at themselves, and tell what they can reach; nothing of it costs
anything at X. Right after an update it may take two minutes. It needs a key with the scope admin.

The exit status is 0 where nothing is wrong, 1 where something is, and 5 where Spool does not answer at all.

Examples:

  spool doctor
  spool doctor --costs
  spool doctor --json | jq '.checks[] | select(.state == "wrong")'`
}

const (
	// healthTime is how long the functions may take to look at themselves, and healthPause
	// after how long they are asked again.
	healthTime  = 150 * time.Second
	healthPause = 2 * time.Second
	// clockSkew is by how much this machine's clock may be wrong: what is scheduled by
	// words such as "in 10 minutes" is.
	clockSkew = 30 * time.Second
)

// The states of a check.
const (
	stateOK      = "ok"
	stateWrong   = "wrong"
	stateOpen    = "open"
	stateWaiting = "waiting"
)

// Run asks, waits for the answers, and adds what only this machine knows.
func (c *doctorCommand) Run(s *session) error {
	if c.Costs {
		return s.print(costs.Sums(), func(painter) string { return costs.Text() })
	}
	api, err := s.client()
	if err != nil {
		return err
	}
	h, err := s.health(api)
	if err != nil {
		return err
	}
	h.OK = !slices.ContainsFunc(h.Checks, isWrong)
	if err := s.print(h, func(paint painter) string { return diagnosis(paint, h, s.textWidth()) }); err != nil {
		return err
	}
	if !h.OK {
		return exit(StatusFailure)
	}
	return nil
}

// isWrong reports whether something is to be done, or an answer never came.
func isWrong(c wire.HealthCheck) bool { return c.State == stateWrong || c.State == stateWaiting }

// health asks until nothing is waited for any more, or for as long as that may take.
func (s *session) health(api *client.Client) (h wire.Health, err error) {
	asked, err := api.StartHealthCheck(s.ctx)
	if err != nil {
		return h, err
	}
	for began := s.Now(); ; {
		sent := s.Now()
		if h, err = api.GetHealth(s.ctx, asked.AskedAt); err != nil {
			return h, err
		}
		waits := slices.ContainsFunc(h.Checks, func(c wire.HealthCheck) bool { return c.State == stateWaiting })
		if received := s.Now(); !waits || received.Sub(began) > healthTime {
			own := []wire.HealthCheck{
				{Check: "reachable", State: stateOK, Text: fmt.Sprintf("The API answers at %s, in %d ms.", api.Base.Host,
					received.Sub(sent).Milliseconds())},
				ownVersion(h.Version), ownClock(h.Now, sent, received), s.callback(api),
			}
			h.Checks = append(own, h.Checks...)
			return h, nil
		}
		if err := s.Sleep(s.ctx, healthPause); err != nil {
			return h, err
		}
	}
}

// ownVersion compares this program with the deployment.
func ownVersion(deployed string) wire.HealthCheck {
	own := commit()
	c := wire.HealthCheck{Check: "version", State: stateOK, Text: fmt.Sprintf("This program and the deployment are of version %s.", own)}
	if own != deployed || own == "" {
		c.Text = fmt.Sprintf("This program is of version %s, the deployment of %s.", cmp.Or(own, "unknown"), cmp.Or(deployed, "unknown"))
		c.State = stateOpen
	}
	return c
}

// commit is the one that this program was built from; empty where the go command did not say.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var revision, dirty string
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			dirty = "-dirty"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + dirty
}

// ownClock compares this machine's clock with Spool's, which said what time it was between sent and received.
func ownClock(said, sent, received time.Time) wire.HealthCheck {
	var skew time.Duration
	switch {
	case said.Before(sent):
		skew = sent.Sub(said)
	case said.After(received):
		skew = received.Sub(said)
	}
	c := wire.HealthCheck{Check: "clock", State: stateOK, Text: "This machine's clock agrees with Spool's."}
	if skew.Abs() > clockSkew {
		way := "ahead of"
		if skew < 0 {
			way = "behind"
		}
		c.State = stateWrong
		c.Text = fmt.Sprintf("This machine's clock is %v %s Spool's.", skew.Abs().Round(time.Second), way)
		c.Todo = "Set it by a time server: times such as “in 10 minutes” are counted by it."
	}
	return c
}

// callback tries the function that takes browsers to X and back.
func (s *session) callback(api *client.Client) wire.HealthCheck {
	c := wire.HealthCheck{Check: "callback_function", State: stateOK, Text: "The callback function answers, and reaches its table."}
	if err := api.TryCallback(s.ctx); err != nil {
		c.State, c.Text = stateWrong, "The callback function does not answer as it should: "+err.Error()+"."
		c.Todo = "Look at its log; deploy again to undo what was changed by hand."
	}
	return c
}

// diagnosis shows the checks, and how many of them are wrong.
func diagnosis(paint painter, h wire.Health, width int) string {
	var b strings.Builder
	wrong := 0
	for _, c := range h.Checks {
		mark := paint.as(styleGood, "✓")
		switch c.State {
		case stateWrong, stateWaiting:
			wrong++
			mark = paint.as(styleError, "✗")
		case stateOpen:
			mark = paint.as(styleWarning, "○")
		}
		text := "  " + pad(printable(c.Check), 17) + " " + printable(c.Text)
		b.WriteString(mark + strings.TrimPrefix(strings.Join(wrap(text, width), "\n  "), " ") + "\n")
		if c.Todo != "" {
			b.WriteString("  " + strings.Join(wrap("→ "+printable(c.Todo), width), "\n  ") + "\n")
		}
	}
	if wrong == 0 {
		return b.String() + "\nNothing is wrong.\n"
	}
	if wrong == 1 {
		return b.String() + "\n1 check is wrong.\n"
	}
	return b.String() + fmt.Sprintf("\n%d checks are wrong.\n", wrong)
}
