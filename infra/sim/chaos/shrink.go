package chaos

// Shrink looks for a small set of faults that still makes a world wrong. Play
// plays the world with only the given faults, nil standing for all; it tells
// which of them happened, and whether the world was wrong.
func Shrink(play func(only map[uint64]bool) ([]Fault, bool)) []Fault {
	faults, wrong := play(nil)
	if !wrong {
		return faults
	}
	for part := max(len(faults)/2, 1); ; part = max(part/2, 1) {
		smaller := false
		for at := 0; at < len(faults); {
			only := map[uint64]bool{}
			for i, f := range faults {
				if i < at || i >= at+part {
					only[f.Call] = true
				}
			}
			if left, wrong := play(only); wrong {
				faults, smaller = left, true
				continue
			}
			at += part
		}
		if part == 1 && !smaller {
			return faults
		}
	}
}
