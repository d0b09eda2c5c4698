package tweet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// punctuated returns the level of the seam behind atom i, to which white space belongs,
// and what ending there costs in addition.
func (l *layout) punctuated(i int) (level, int) {
	word := l.word(i)
	next := l.word(i + 1)
	if isBreak(next) {
		return levelWord, strayBreakCost
	}
	if isOrnament(next) {
		return levelWord, smallWordCost // an emoji belongs to what it comments on
	}
	if isOrnament(word) && i > 0 {
		word = l.word(i - 1)
	}
	switch {
	case endsSentence(word, next) || l.small && endsSentence(word, "A"):
		return levelSentence, 0
	case endsClause(word):
		return levelClause, introCost(word)
	case beginsClause(next):
		return levelClause, bracketCost
	case utf8.RuneCountInString(word) <= 3:
		return levelWord, smallWordCost
	}
	return levelWord, 0
}

func (l *layout) word(i int) string { return l.text[l.atoms[i].start:l.atoms[i].end] }

// isOrnament reports a word without letters, digits or punctuation.
func isOrnament(word string) bool {
	for _, r := range word {
		if r < 0x2190 && r != zeroWidthJoiner || unicode.IsLetter(r) || unicode.IsPunct(r) {
			return false
		}
	}
	return true
}

// openers begin a quotation or parenthesis, before the first letter of a sentence.
const openers = "\"'“”‘’«»„‚([{¿¡「『（*_"

// endsSentence reports whether a sentence ends with word, or the line it stands for,
// when next follows.
func endsSentence(word, next string) bool {
	body := strings.TrimRight(word, closers)
	last, _ := utf8.DecodeLastRuneInString(body)
	if !strings.ContainsRune(".!?…。！？｡؟۔।॥։።።။។‼⁇⁈⁉", last) {
		return false
	}
	next = strings.TrimLeft(next, openers)
	first, _ := utf8.DecodeRuneInString(next)
	if unicode.IsLower(first) && !isMixedName(next) {
		return false
	}
	if last != '.' || strings.HasSuffix(body, "..") {
		return true
	}
	stem := strings.TrimLeft(strings.TrimSuffix(body, "."), openers)
	if i := strings.LastIndexFunc(stem, unicode.IsSpace); i >= 0 {
		stem = strings.TrimLeft(strings.TrimSpace(stem[i:]), openers) // the last word of a line
	}
	return !isAbbreviation(stem) && !(unicode.IsDigit(first) && countsNext(stem))
}

// isMixedName reports a name that begins small and may begin a sentence: iPhone, eBay, macOS.
func isMixedName(next string) bool {
	word := next[:len(next)-len(strings.TrimLeftFunc(next, unicode.IsLetter))]
	return strings.ContainsFunc(word, unicode.IsUpper)
}

// countsNext reports the abbreviations that stand before a number: No. 5, p. 9.
func countsNext(stem string) bool {
	switch stem {
	case "No", "no", "Num", "num", "p", "P", "Art", "art", "Sec", "sec", "Par", "par", "Para", "para", "Pt", "pt",
		"App", "app", "Tab", "tab", "Ex", "ex", "Nº", "nº", "n", "v", "s", "S", "c", "l", "§", "№":
		return true
	}
	return false
}

// writtenSmall reports whether the sentences of a text begin with small letters, by what
// follows its full stops.
func writtenSmall(text string) bool {
	small, large := 0, 0
	for {
		i := strings.Index(text, ". ")
		if i < 0 {
			return small > 1 && small > 3*large
		}
		text = text[i+len(". "):]
		switch next, _ := utf8.DecodeRuneInString(text); {
		case unicode.IsLower(next):
			small++
		case unicode.IsUpper(next):
			large++
		}
	}
}

// isAbbreviation reports whether a full stop behind stem belongs to it.
func isAbbreviation(stem string) bool {
	if strings.Contains(stem, ".") && utf8.RuneCountInString(stem) <= 5 && !strings.ContainsAny(stem, "0123456789") {
		switch strings.ToLower(stem) {
		case "a.m", "p.m": // more often than not at the end
			return false
		}
		return true // U.S., e.g., z.B.
	}
	if r, size := utf8.DecodeRuneInString(stem); size == len(stem) && (unicode.IsUpper(r) && r != 'I' ||
		unicode.Is(unicode.Cyrillic, r)) {
		return true // an initial, or д. 12, с. 34
	}
	// These usually stand before something, so that their full stop ends no sentence.
	switch stem {
	case "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Sr", "Jr", "Gen", "Col", "Capt", "Lt", "Sgt", "Rev", "Hon",
		"Gov", "Sen", "Rep", "Pres", "Supt", "Messrs", "Mme", "Mlle", "Sra", "Srta", "Dña", "Ud", "Uds", "Hr", "Fr",
		"Ave", "Blvd", "Rd", "Mt", "Ft", "Fig", "Figs", "Eq", "Eqs", "Ch", "Vol", "Nos", "Nr", "Abb", "Str",
		"Jan", "Feb", "Apr", "Jun", "Jul", "Aug", "Sept", "Sep", "Oct", "Nov", "Dec",
		"vs", "cf", "viz", "approx", "ca", "al", "fig", "figs", "eq", "eqs", "ch", "vol", "ed", "eds",
		"pp", "nos", "tel", "ext", "dept", "est", "max", "incl", "nr", "bzw", "ggf", "evtl", "sog", "vgl",
		"env", "janv", "févr", "juill", "chap", "éd", "aprox", "pág", "págs", "núm", "pag", "pagg", "Sig", "Dott", "dott",
		"np", "tzn", "tzw", "ul", "godz", "tzv", "např", "blz", "bijv", "dhr", "mevr", "bkz", "kl", "resp", "Abs", "Kap",
		"Bd", "Hrsg", "geb", "gest", "gegr", "zzgl", "inkl", "exkl", "mind", "insb",
		"гг", "вв", "ул", "стр", "кв", "корп", "напр", "ок", "ум", "род",
		"рис", "табл", "им", "проф", "акад", "тов", "тыс", "млн", "млрд", "руб", "см",
		"ср", "св", "пр", "обл":
		return true
	}
	return false
}

// endsClause reports punctuation at which a reader pauses.
func endsClause(word string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(word, closers))
	if strings.ContainsRune(",;:—–،؛，、；：…‥", last) {
		return true
	}
	return strings.HasSuffix(word, "--") || word == "-" || strings.HasSuffix(word, ")")
}

// introCost is what ending a post with word costs because it promises something.
func introCost(word string) int {
	last, _ := utf8.DecodeLastRuneInString(word)
	if strings.ContainsRune(":：—–", last) {
		return bracketCost
	}
	return 0
}

// beginsClause reports a dash or parenthesis before what follows.
func beginsClause(next string) bool {
	first, _ := utf8.DecodeRuneInString(next)
	return strings.ContainsRune("—–(（", first) || next == "-" || strings.HasPrefix(next, "--")
}
