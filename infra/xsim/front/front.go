// Package front puts a server behind TLS and a network: whoever calls it is a round trip away, as X is.
//
// It needs no rights of its own on this machine. Bytes are held back on their way, half of the round trip in each
// direction, those of the TLS handshake as well. What the kernel does at once on a loopback address, to connect, costs
// the round trip that it costs on a network by holding back the first bytes of each connection for as much longer.
package front

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Front is a server behind TLS and a network. It is safe for concurrent use.
type Front struct {
	// URL is where it is: https on 127.0.0.1.
	URL string
	// Certificate is what a client has to trust, in PEM: a Go program finds it by SSL_CERT_FILE, Node.js by
	// NODE_EXTRA_CA_CERTS.
	Certificate []byte

	roots       *x509.CertPool
	server      *http.Server
	near, far   net.Listener // where clients connect to, and where the server listens
	roundTrip   time.Duration
	connections atomic.Int64
	pumps       sync.WaitGroup
	closing     context.Context
	close       context.CancelFunc
}

// Start puts a handler, such as the simulator's, behind TLS and a network on which a round trip takes as long as given.
// It speaks HTTP/1.1.
func Start(handler http.Handler, roundTrip time.Duration) (*Front, error) {
	certificate, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("front: make a certificate: %w", err)
	}
	f := &Front{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		roundTrip:   roundTrip, roots: x509.NewCertPool(),
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
	}
	f.roots.AppendCertsFromPEM(f.Certificate)
	for _, l := range []*net.Listener{&f.near, &f.far} {
		if *l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("front: %w", err)
		}
	}
	f.URL = "https://" + f.near.Addr().String()
	f.closing, f.close = context.WithCancel(context.Background())
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	f.pumps.Go(func() { _ = f.server.Serve(tls.NewListener(f.far, secure)) }) // until Close
	f.pumps.Go(f.accept)
	return f, nil
}

// Roots are the certificates that a client in this program has to trust.
func (f *Front) Roots() *x509.CertPool { return f.roots }

// Transport makes a transport that trusts it, for clients in this program.
func (f *Front) Transport() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS12}}
}

// Connections is how many connections were made so far.
func (f *Front) Connections() int { return int(f.connections.Load()) }

// Close cuts all connections, and returns when nothing of it runs any more.
func (f *Front) Close() {
	f.close()
	f.near.Close()
	f.server.Close()
	f.pumps.Wait()
}

// accept carries connections to the server until Close.
func (f *Front) accept() {
	for {
		client, err := f.near.Accept()
		if err != nil {
			return
		}
		f.connections.Add(1)
		f.pumps.Go(func() { f.carry(client) })
	}
}

// carry carries one connection, both ways, until both are at their end.
func (f *Front) carry(client net.Conn) {
	server, err := net.Dial("tcp", f.far.Addr().String())
	if err != nil {
		client.Close()
		return
	}
	cut := context.AfterFunc(f.closing, func() { client.Close(); server.Close() })
	defer cut()
	defer server.Close()
	defer client.Close()
	var both sync.WaitGroup
	both.Go(func() { pump(server, client, f.roundTrip/2, f.roundTrip) })
	both.Go(func() { pump(client, server, f.roundTrip/2, 0) })
	both.Wait()
}

// newCertificate makes a certificate of this machine, which signs itself.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "X, simulated"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(30 * 24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
