// Package idle cuts connections that have carried nothing for a while, as balancers, translators of addresses and
// servers on the way to AWS do.
package idle

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Way is how a connection is cut.
type Way string

// The ways.
const (
	Reset   Way = "reset"   // the other side is told so by a reset
	End     Way = "end"     // it is told that nothing more comes
	Silence Way = "silence" // it is told nothing, and what it sends from then on is lost
)

// Cutter cuts connections. It is safe for concurrent use.
type Cutter struct {
	After time.Duration // without a byte, in either direction
	Ways  []Way         // by turns, from one connection to the next

	made atomic.Int64
	cuts atomic.Int64
}

// Cuts is how many connections it has cut so far.
func (c *Cutter) Cuts() int { return int(c.cuts.Load()) }

// Listener gives a listener whose connections are cut.
func (c *Cutter) Listener(l net.Listener) net.Listener { return listener{l, c} }

type listener struct {
	net.Listener
	cutter *Cutter
}

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := int(l.cutter.made.Add(1))
	c := &conn{Conn: inner, after: l.cutter.After, way: l.cutter.Ways[n%len(l.cutter.Ways)]}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = time.AfterFunc(c.after, func() { c.cut(l.cutter) })
	return c, nil
}

// conn is the server's end of a connection.
type conn struct {
	net.Conn
	after time.Duration
	way   Way

	mu   sync.Mutex
	idle *time.Timer
	lost bool // what is sent is lost
}

// cut cuts a connection that is idle.
func (c *conn) cut(by *Cutter) {
	by.cuts.Add(1)
	switch c.way {
	case Silence:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lost = true
		return
	case Reset:
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // fails only where it is closed already
		}
	}
	c.Conn.Close()
}

// busy notes that something is carried, and reports whether it is lost.
func (c *conn) busy() (lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.lost {
		c.idle.Reset(c.after)
	}
	return c.lost
}

func (c *conn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.busy() {
			return n, err
		}
	}
}

func (c *conn) Write(b []byte) (int, error) {
	if c.busy() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *conn) Close() error {
	c.mu.Lock()
	c.idle.Stop()
	c.mu.Unlock()
	return c.Conn.Close()
}
