package dynamodb

// Kill ends the engine without giving it time to close its files.
func Kill(e *Engine) { e.cmd.Process.Kill() }
