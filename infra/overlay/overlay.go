// Package overlay lays changed source files over the originals for one build. The
// sources stay as they are, and all that does not depend on the change is built
// once (go help build, -overlay).
package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Lay writes into dir what is to stand in place of each file, or besides the others
// where there is none yet, and gives the value of the flag -overlay.
func Lay(dir string, files map[string][]byte) (flag string, err error) {
	replace := map[string]string{}
	for file, source := range files {
		path, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		replace[path] = filepath.Join(dir, fmt.Sprint(len(replace), ".go"))
		if err := os.WriteFile(replace[path], source, 0o600); err != nil {
			return "", err
		}
	}
	content, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	flag = filepath.Join(dir, "overlay.json")
	return flag, os.WriteFile(flag, content, 0o600)
}
