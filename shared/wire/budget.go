package wire

import "spool/shared/tweet"

// Budget is what X may charge in a month, and what was set aside of it for threads.
type Budget struct {
	AccountID string        `json:"account_id,omitempty" doc:"Absent: of all accounts together"`
	Username  string        `json:"username,omitempty"`
	Monthly   tweet.Dollars `json:"monthly" doc:"In dollars"`
	Spent     tweet.Dollars `json:"spent" doc:"Set aside for threads that began in the month: at most what they cost"`
	Left      tweet.Dollars `json:"left" doc:"A thread that costs more does not begin"`
}

// BudgetList are all budgets as they are in a month.
type BudgetList struct {
	Month   string   `json:"month" doc:"Such as 2026-12, in UTC"`
	Budgets []Budget `json:"budgets" nullable:"false"`
}

// BudgetInput sets a budget.
type BudgetInput struct {
	AccountID string        `json:"account_id,omitempty" maxLength:"19" pattern:"^[0-9]*$" doc:"Of this account; left out: of all accounts together"`
	Monthly   tweet.Dollars `json:"monthly" doc:"In dollars, such as 20.00; 0 ends the budget" example:"20.00"`
}
