package chaos

import "time"

// subject separates the chances of different things.
type subject uint64

// What chances are drawn for.
const (
	ofWorld subject = iota + 1
	ofProcess
	ofLatency
	ofStore
	ofNetwork
	ofQueue
	ofOwner
	ofJitter
	ofFiles
	ofSwarm
)

// draw is a number that depends on nothing but the seed, the subject and n.
func (w *World) draw(s subject, n uint64) uint64 {
	if w.Script != nil {
		return 1 << 63 // the middle of all
	}
	return mix(w.Seed*0x9e3779b97f4a7c15 + uint64(s)*0xd1342543de82ef95 + n*0xaf251af3b0f025b5)
}

// mix spreads what is in a number over all its bits: the finalizer of SplitMix64
// (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	for range 2 {
		x ^= x >> 30
		x *= 0xbf58476d1ce4e5b9
		x ^= x >> 27
		x *= 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}

// fraction is a draw in [0, 1).
func (w *World) fraction(s subject, n uint64) float64 { return float64(w.draw(s, n)>>11) / (1 << 53) }

// upTo is a draw in [0, most].
func (w *World) upTo(s subject, n uint64, most int) int { return int(w.draw(s, n) % uint64(most+1)) }

// span is a draw in [0, most).
func (w *World) span(s subject, n uint64, most time.Duration) time.Duration {
	return time.Duration(w.draw(s, n) % uint64(most))
}

// picks is a row of draws for one thing.
type picks struct {
	w *World
	s subject
	n uint64
}

func (p *picks) next() uint64                          { p.n++; return p.n }
func (p *picks) chance(of float64) bool                { return p.w.fraction(p.s, p.next()) < of }
func (p *picks) upTo(most int) int                     { return p.w.upTo(p.s, p.next(), most) }
func (p *picks) span(most time.Duration) time.Duration { return p.w.span(p.s, p.next(), most) }
