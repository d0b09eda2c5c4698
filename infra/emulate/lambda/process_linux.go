package lambda

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// freeze stops a process until thaw.
func freeze(p *os.Process) { _ = p.Signal(syscall.SIGSTOP) } // fails only when it has ended

func thaw(p *os.Process) { _ = p.Signal(syscall.SIGCONT) }

// memory gives how much memory a process has now, and the most that it ever had, in kB; 0 when it is gone.
func memory(p *os.Process) (now, most int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
	if err != nil {
		return 0, 0
	}
	for line := range bytes.Lines(status) {
		name, value, _ := strings.Cut(string(line), ":")
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch name {
		case "VmRSS":
			now = n
		case "VmHWM":
			most = n
		}
	}
	return now, most
}
