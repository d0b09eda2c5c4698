package dynamodb

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os/exec"

	"spool/infra/emulate/subprocess"
)

//go:embed fill.js
var fill string

// Fill writes items into a table of the configured data folder, far faster than the engine would take them. Each line
// is an item in DynamoDB's JSON, of a key that the table does not have yet. No engine may have the folder open.
func Fill(ctx context.Context, c Config, table string, items io.Reader) error {
	folder, err := install(ctx, c)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", "-e", fill, c.Data, table)
	subprocess.Own(cmd)
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, items, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("dynamodb: fill the table %s: %w: %s", table, err, said.String())
	}
	return nil
}
