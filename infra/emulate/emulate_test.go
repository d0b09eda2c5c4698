package emulate

import (
	"regexp"
	"testing"
)

func TestARN(t *testing.T) {
	if got, want := ARN("dynamodb", "table/posts"), "arn:aws:dynamodb:us-east-1:000000000000:table/posts"; got != want {
		t.Errorf("ARN = %s, want %s", got, want)
	}
}

func TestUUID(t *testing.T) {
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := UUID()
		if !version4.MatchString(id) || seen[id] {
			t.Fatalf("%s is no UUID of version 4, or came twice", id)
		}
		seen[id] = true
	}
}
