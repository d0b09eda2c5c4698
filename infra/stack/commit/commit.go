// Package commit tells which commit a folder of the source is at.
package commit

import (
	"context"
	"os/exec"
	"strings"
)

// Of gives the first 12 digits of the commit's name, with "-dirty" behind it where files were changed since. It is
// empty where the folder is in no repository, or there is no git. The go command stamps the same commit into what it
// builds.
func Of(ctx context.Context, folder string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12")
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
