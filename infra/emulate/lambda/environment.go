package lambda

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"spool/infra/emulate"
	"spool/infra/emulate/subprocess"
)

// errNotTaken says that a process ended before it took the event, which another may therefore have.
var errNotTaken = errors.New("lambda: the process ended before it took the event")

// environment is one process and the Runtime API that only it talks to.
type environment struct {
	config Config
	cmd    *exec.Cmd
	server *http.Server
	output io.WriteCloser    // what the process prints
	log    *subprocess.Lines // what Lambda itself says beside it

	next   chan *invocation // handed over to the process's GET …/next
	ready  chan struct{}    // closed by its first one
	first  sync.Once
	exited chan struct{} // closed once the process is gone and exit is set
	exit   error

	mu       sync.Mutex
	current  *invocation // taken and not yet answered
	initFail *Error      // what it reported to …/init/error
}

// start starts a process and its Runtime API.
func start(c Config) (*environment, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("lambda: serve the runtime API of %s: %w", c.Name, err)
	}
	env := &environment{
		config: c, output: newOutput(c), log: subprocess.NewLines(c.Log, c.Name+" | "),
		next: make(chan *invocation), ready: make(chan struct{}), exited: make(chan struct{}),
	}
	token := rand.Text() // whoever else finds the port does not know the path
	env.server = &http.Server{Handler: http.StripPrefix("/"+token, env.api()), ReadHeaderTimeout: 10 * time.Second}
	env.cmd = exec.Command(c.Binary)
	env.cmd.Dir = filepath.Dir(c.Binary)
	env.cmd.Env = variables(c, listener.Addr().String()+"/"+token)
	env.cmd.Stdout, env.cmd.Stderr = env.output, env.output
	env.cmd.WaitDelay = time.Second // should a child of its own keep the output open
	subprocess.Own(env.cmd)
	if err := env.cmd.Start(); err != nil {
		listener.Close()
		return nil, fmt.Errorf("lambda: start %s: %w", c.Name, err)
	}
	go env.watchMemory()
	go func() { _ = env.server.Serve(listener) }() // until the server is closed
	go func() {
		env.exit = env.cmd.Wait()
		env.output.Close()
		close(env.exited)
		env.server.Close()
	}()
	return env, nil
}

// output passes what a process prints on to the log and to the observer.
type output struct{ log, observed *subprocess.Lines }

func newOutput(c Config) output {
	return output{subprocess.NewLines(c.Log, c.Name+" | "), subprocess.NewLines(printed{c}, "")}
}

func (o output) Write(p []byte) (int, error) {
	_, _ = o.observed.Write(p) // into memory
	return o.log.Write(p)
}

func (o output) Close() error { return errors.Join(o.observed.Close(), o.log.Close()) }

// memoryLook is how often a process's memory is looked at.
const memoryLook = 200 * time.Millisecond

// watchMemory ends the process when it takes more memory than the function has, as the kernel does on Lambda.
func (e *environment) watchMemory() {
	look := time.NewTicker(memoryLook)
	defer look.Stop()
	for {
		select {
		case <-e.exited:
			return
		case <-look.C:
		}
		if now, _ := memory(e.cmd.Process); now > e.config.MemorySize<<10 {
			fmt.Fprintf(e.log, "out of memory: %d MB used of %d MB\n", now>>10, e.config.MemorySize)
			e.kill()
			return
		}
	}
}

// memoryUsed is the most that the process ever had, in MB.
func (e *environment) memoryUsed() int {
	_, most := memory(e.cmd.Process)
	return most >> 10
}

// variables is the whole environment of a process: nothing of this program's own leaks into it.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
func variables(c Config, runtimeAPI string) []string {
	vars := []string{
		"_HANDLER=bootstrap",
		"AWS_DEFAULT_REGION=" + emulate.Region,
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(c.MemorySize),
		"AWS_LAMBDA_FUNCTION_NAME=" + c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_LAMBDA_RUNTIME_API=" + runtimeAPI,
		"AWS_REGION=" + emulate.Region,
		// A folder that does not exist, as Lambda's user has one: no SDK may find the developer's own ~/.aws.
		"HOME=/home/sbx_user1051",
		"LAMBDA_TASK_ROOT=" + filepath.Dir(c.Binary),
		"LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"TZ=:UTC",
	}
	for name, value := range c.Environment {
		vars = append(vars, name+"="+value) // of two values the process sees the last
	}
	return vars
}

func (e *environment) ended() bool {
	select {
	case <-e.exited:
		return true
	default:
		return false
	}
}

func (e *environment) busy() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.current != nil
}

// kill ends the process and returns when it is gone.
func (e *environment) kill() {
	e.cmd.Process.Kill() // fails only when the process has already ended
	<-e.exited
}

// waitReady waits until the process asks for its first event. If it does not, it is gone afterwards.
func (e *environment) waitReady(inv *invocation) error {
	limit := time.NewTimer(e.config.InitTimeout)
	defer limit.Stop()
	select {
	case <-e.ready:
		return nil
	case <-e.exited:
		return e.initError(inv)
	case <-limit.C:
		e.kill()
		return e.initReport(inv, "timeout", timedOut(inv, e.config.InitTimeout))
	}
}

// initError is why the process ended before it asked for an event.
func (e *environment) initError(inv *invocation) error {
	e.mu.Lock()
	reported := e.initFail
	e.mu.Unlock()
	if reported == nil {
		reported = exitError(inv, e.exit)
	}
	return e.initReport(inv, "error", reported)
}

// handle hands the event over and waits for the answer.
func (e *environment) handle(inv *invocation, initTime time.Duration) ([]byte, error) {
	inv.begin(e.config.Timeout)
	limit := time.NewTimer(e.config.Timeout)
	defer limit.Stop()
	select {
	case e.next <- inv:
	case <-e.exited:
		return nil, errNotTaken
	case <-limit.C: // still busy with what it began after its last answer
		e.kill()
		return nil, errNotTaken
	}
	r := e.await(inv, limit.C)
	e.finish(inv, initTime, r)
	if r.err != nil {
		return nil, r.err
	}
	return r.answer, nil
}

func (e *environment) await(inv *invocation, limit <-chan time.Time) result {
	select {
	case r := <-inv.answered:
		return r
	case <-e.exited:
		select {
		case r := <-inv.answered: // it answered and then ended
			return r
		default:
			return result{err: exitError(inv, e.exit)}
		}
	case <-limit:
		e.kill()
		return result{err: timedOut(inv, e.config.Timeout)}
	}
}

// finish writes what Lambda writes after an invocation.
func (e *environment) finish(inv *invocation, initTime time.Duration, r result) {
	if r.err != nil && r.err.Type == typeTimedOut {
		fmt.Fprintf(e.log, "%s %s Task timed out after %.2f seconds\n", time.Now().UTC().
			Format("2006-01-02T15:04:05.000Z"), inv.id, e.config.Timeout.Seconds())
	}
	fmt.Fprintf(e.log, "END RequestId: %s\n", inv.id)
	duration := time.Since(inv.start)
	var b strings.Builder
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB",
		inv.id, milliseconds(duration), (duration+initTime+time.Millisecond-1)/time.Millisecond, e.config.MemorySize)
	if initTime > 0 {
		fmt.Fprintf(&b, "\tInit Duration: %.2f ms", milliseconds(initTime))
	}
	switch {
	case r.err == nil:
	case r.err.Type == typeTimedOut:
		b.WriteString("\tStatus: timeout")
	default:
		b.WriteString("\tStatus: error\tError Type: " + r.err.Type)
	}
	fmt.Fprintln(e.log, b.String())
}

// initReport writes the line of a failed start and gives back why it failed.
func (e *environment) initReport(inv *invocation, status string, why *Error) error {
	fmt.Fprintf(e.log, "INIT_REPORT RequestId: %s\tPhase: init\tStatus: %s\tError Type: %s\n", inv.id, status, why.Type)
	return why
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
