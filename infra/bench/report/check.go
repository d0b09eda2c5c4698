package report

import (
	"errors"
	"fmt"
)

// Check compares the ratios of a run with those recorded. Only the families that the run has measured are looked at.
// The error names each ratio that is worse than its row's tolerance allows, and each that one of the two does not have.
func Check(recorded, run Report) error {
	measured := map[string]bool{}
	now := map[[2]string]Row{}
	for _, r := range run.Rows {
		measured[r.Family] = true
		now[[2]string{r.Family, r.Name}] = r
	}
	var errs []error
	for _, was := range recorded.Rows {
		if was.Ratio() == 0 || !measured[was.Family] {
			continue
		}
		is, ok := now[[2]string{was.Family, was.Name}]
		delete(now, [2]string{was.Family, was.Name})
		if !ok || is.Ratio() == 0 {
			errs = append(errs, fmt.Errorf("%s, %s: it is recorded, and was not measured", was.Family, was.Name))
		} else if worse := is.worse(was); worse > is.tolerance() {
			errs = append(errs, fmt.Errorf("%s, %s: the ratio is %.3f, and %.3f is recorded: worse by %.0f %%, where %.0f %% are tolerated",
				was.Family, was.Name, is.Ratio(), was.Ratio(), 100*worse, 100*is.tolerance()))
		}
	}
	for _, r := range run.Rows { // in their order
		if _, fresh := now[[2]string{r.Family, r.Name}]; fresh && r.Ratio() != 0 {
			errs = append(errs, fmt.Errorf("%s, %s: it is not recorded yet", r.Family, r.Name))
		}
	}
	return errors.Join(errs...)
}

// worse is by how much of itself the ratio is worse than it was; negative where it is better.
func (r Row) worse(was Row) float64 {
	if r.More {
		return was.Ratio()/r.Ratio() - 1
	}
	return r.Ratio()/was.Ratio() - 1
}
