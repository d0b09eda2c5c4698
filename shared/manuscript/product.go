package manuscript

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A product is what may be arithmetic: letters, digits and stars without a space between them.
type product struct {
	start, end int  // in the source
	times      bool // its inner stars are times signs
}

// multiplies reports whether a star at an offset, between two characters, is a times sign and no
// mark of emphasis.
func (a *atoms) multiplies(offset int, before, after rune) bool {
	if !isSpaced(before) || !isSpaced(after) {
		return false
	}
	if unicode.IsDigit(before) && unicode.IsDigit(after) {
		return true
	}
	a.productAt(offset)
	return a.product.times
}

// productAt returns the letters, digits and stars around a star at an offset.
func (a *atoms) productAt(offset int) []byte {
	if offset < a.product.start || offset >= a.product.end {
		start, end := offset, offset
		for start > 0 {
			r, size := utf8.DecodeLastRune(a.source[:start])
			if !inProduct(r) {
				break
			}
			start -= size
		}
		for end < len(a.source) {
			r, size := utf8.DecodeRune(a.source[end:])
			if !inProduct(r) {
				break
			}
			end += size
		}
		a.product = product{start, end, isProduct(a.source[start:end])}
	}
	return a.source[a.product.start:a.product.end]
}

func inProduct(r rune) bool { return r == '*' || r == '.' || isSpaced(r) }

// isProduct reports whether the stars inside of what has no space in it are times signs: between
// variables, which are a letter or have a digit in them, and where one is a number between any
// words. Where stars stand on one side only, as in *a*b, one inside belongs to them, unless all
// have digits.
func isProduct(token []byte) bool {
	token = bytes.Trim(token, ".")
	inner := bytes.TrimLeft(token, "*")
	before := len(token) - len(inner)
	inner = bytes.TrimRight(inner, "*")
	balanced := 2*before+len(inner) == len(token)
	number, letters, variables := false, false, true
	for _, factor := range strings.FieldsFunc(string(inner), func(r rune) bool { return r == '*' }) {
		if strings.Trim(factor, "_.") == "" {
			return false
		}
		number = number || strings.Trim(factor, "0123456789.") == ""
		letter, digits := utf8.RuneCountInString(factor) == 1, strings.ContainsAny(factor, "0123456789_")
		letters = letters || letter && !digits
		variables = variables && (letter || digits)
	}
	if !balanced {
		return variables && !letters
	}
	return number || variables
}
