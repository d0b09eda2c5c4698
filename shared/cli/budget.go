package cli

import (
	"fmt"
	"strings"

	"spool/shared/tweet"
	"spool/shared/wire"
)

type budgetCommand struct {
	Dollars string `arg:"" optional:"" help:"What X may charge in a month, such as 20; none: whatever it is."`
	Account string `help:"For this account, its user name or id; without it: for all together."`
}

func (budgetCommand) Help() string {
	return `A thread that costs more than what is left does not begin: it waits until the budget is raised or the next month begins, in UTC. A thread that
has begun always goes on.

Examples:

  spool budget
  spool budget 20
  spool budget 5 --account @ada
  spool budget none`
}

// Run shows the budgets, or sets one.
func (c *budgetCommand) Run(s *session) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	api, err := s.client()
	if err != nil {
		return err
	}
	if c.Account != "" {
		account, err := s.account(api, c.Account)
		if err != nil {
			return err
		}
		in.AccountID = account.ID
	}
	list, err := api.ListBudgets(s.ctx)
	if c.Dollars != "" && err == nil {
		list, err = api.SetBudget(s.ctx, in)
	}
	if err != nil {
		return err
	}
	return s.print(list, func(painter) string {
		if len(list.Budgets) == 0 {
			return "There is no budget. Set one: spool budget 20\n"
		}
		return budgetLines(list.Month, list.Budgets, s.textWidth())
	})
}

// input is the budget that is to be set.
func (c *budgetCommand) input() (in wire.BudgetInput, err error) {
	switch c.Dollars {
	case "":
		if c.Account != "" {
			return in, wrongUsage("Give the amount in dollars, such as 20, or none.",
				"You did not say what to set the account's budget to.")
		}
	case "none":
	default:
		if err := in.Monthly.UnmarshalText([]byte(c.Dollars)); err != nil {
			return in, wrongUsage("Give dollars such as 20 or 12.50, or none.", "%q is no amount.", c.Dollars)
		}
		if in.Monthly == 0 { // which the API takes for none: the opposite of what it says
			return in, wrongUsage("Give 0.01 to hold all threads; or none, which ends the budget.", "A budget of 0 is none.")
		}
	}
	return in, nil
}

// budgetLines shows what is left of budgets in a month.
func budgetLines(month string, budgets []wire.Budget, width int) string {
	var b strings.Builder
	for _, budget := range budgets {
		whose := "all accounts"
		if budget.AccountID != "" {
			whose = "@" + budget.Username
		}
		line := fmt.Sprintf("Budget of %s in %s (UTC): %v, %v spent, %v left.", whose, month, budget.Monthly, budget.Spent,
			budget.Left)
		b.WriteString(strings.Join(wrap(line, width), "\n") + "\n")
	}
	return b.String()
}

// monthPrice shows what a month costs at X, and its budgets.
func monthPrice(paint painter, p wire.Price, width int) string {
	text := fmt.Sprintf("X charges %v for the %s of %s (UTC).", p.Cost.Total, plural(p.Posts, "thread"), p.Month)
	text = "\n" + strings.Join(wrap(text, width), "\n") + "\n" + budgetLines(p.Month, p.Budgets, width)
	for _, b := range p.Budgets {
		if b.AccountID == "" && p.Cost.Total > max(b.Monthly, b.Spent) {
			warning := strings.Join(wrap("That is more than the budget: some of them will wait.", width), "\n")
			text += paint.as(styleWarning, warning) + "\nNext: spool budget " + dollars(p.Cost.Total) + "\n"
		}
	}
	return text
}

// dollars is an amount as the command takes it.
func dollars(d tweet.Dollars) string { return strings.TrimPrefix(d.String(), "$") }
