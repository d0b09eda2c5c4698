package lambda

// Update has the function be of another binary from now on, as when an alias moves to another version: what runs ends
// in the binary that it began in, and nothing begins in that one any more.
func (f *Function) Update(binary string) {
	f.mu.Lock()
	f.config.Binary = binary
	idle := f.idle
	f.idle = nil
	f.mu.Unlock()
	for _, env := range idle {
		env.kill()
	}
}

// Recycle ends the processes that are idle, as Lambda does with environments now and then: the next event begins in a
// new one.
func (f *Function) Recycle() {
	f.mu.Lock()
	binary := f.config.Binary
	f.mu.Unlock()
	f.Update(binary)
}
