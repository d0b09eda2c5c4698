package front

import (
	"net"
	"time"
)

// chunk is what was read at once, and when it arrives. The last one of a direction has no bytes.
type chunk struct {
	bytes   []byte
	arrives time.Time
}

// inFlight is how many chunks may be on their way in one direction: 16 MiB at the most.
const inFlight = 1 << 10

// pump carries the bytes of one direction, and its end. Each arrives later than it was sent by the delay; the first
// ones by as much more as connecting takes.
func pump(to, from net.Conn, delay, connecting time.Duration) {
	way := make(chan chunk, inFlight)
	go func() {
		defer close(way)
		ready := time.Now().Add(connecting)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			sent := time.Now()
			if sent.Before(ready) {
				sent = ready
			}
			way <- chunk{b[:n], sent.Add(delay)}
			if err != nil {
				return
			}
		}
	}()
	for c := range way {
		time.Sleep(time.Until(c.arrives))
		if _, err := to.Write(c.bytes); err != nil {
			from.Close() // what is still sent arrives nowhere
		}
	}
	_ = to.(*net.TCPConn).CloseWrite() // fails only where it is closed already
}
