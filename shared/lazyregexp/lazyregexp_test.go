package lazyregexp_test

import (
	"testing"

	"spool/shared/lazyregexp"
)

func TestAWrongPatternIsFoundByAnyTest(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed")
		}
	}()
	lazyregexp.New("(")
}
