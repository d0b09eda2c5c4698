package subprocess

import (
	"os/exec"
	"syscall"
)

// own relies on Go's threads outliving the process: the kernel sends Pdeathsig when the thread that started the child
// ends, which Go does only for goroutines that lock their thread and never unlock it.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
