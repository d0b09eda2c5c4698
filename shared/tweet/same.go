package tweet

// Texts that say the same over and over are not worth much work: so many sections are divided
// anew, and in all so much text.
const (
	maxSame      = 8
	maxSameBytes = 100_000
)

// tellApart divides sections anew that have posts of the same text as others: so that the
// second of them ends, or begins, elsewhere. split divides a section, and avoids to end posts
// at some offsets.
func tellApart(sections [][]Part, split func(section int, avoid []int) []Part) {
	avoid := make([][]int, len(sections))
	hopeless := map[string]bool{} // texts
	for tries, left := 0, maxSameBytes; tries < maxSame; tries++ {
		section, post := same(sections, hopeless)
		if section < 0 {
			return
		}
		parts := sections[section]
		last := len(parts) - 1
		left -= parts[last].End - parts[0].Start
		if last == 0 || left < 0 {
			hopeless[sameText(parts[post].Text)] = true
			continue
		}
		avoid[section] = append(avoid[section], parts[min(post, last-1)].End)
		sections[section] = split(section, avoid[section])
	}
}

// same finds a post that has the text of one before it, or -1.
func same(sections [][]Part, hopeless map[string]bool) (section, post int) {
	seen := map[string]bool{}
	for i, parts := range sections {
		for k, p := range parts {
			text := sameText(p.Text)
			if text != "" && seen[text] && !hopeless[text] {
				return i, k
			}
			seen[text] = true
		}
	}
	return -1, -1
}
