package idle_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"spool/infra/emulate/idle"
)

// echo is a server that sends back what it gets, behind a cutter.
func echo(t *testing.T, cutter *idle.Cutter) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for cut := cutter.Listener(l); ; {
			c, err := cut.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
				c.Close()
			}()
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// say sends a byte and waits for it to come back.
func say(t *testing.T, c net.Conn) error {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

func TestAnIdleConnectionIsCut(t *testing.T) {
	for way, want := range map[idle.Way]error{
		idle.Reset: syscall.ECONNRESET, idle.End: io.EOF, idle.Silence: os.ErrDeadlineExceeded,
	} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			cutter := &idle.Cutter{After: 200 * time.Millisecond, Ways: []idle.Way{way}}
			c := echo(t, cutter)
			if err := say(t, c); err != nil {
				t.Fatalf("while it is new: %v", err)
			}
			err := c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
			if err == nil {
				_, err = c.Read(make([]byte, 1)) // it ends, or nothing comes
			}
			if way == idle.Silence {
				err = say(t, c)
			}
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			if n := cutter.Cuts(); n != 1 {
				t.Errorf("%d connections were cut", n)
			}
		})
	}
}
