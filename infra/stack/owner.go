package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"spool/infra/emulate/loopback"
	"spool/infra/stack/adminkey"
	"spool/infra/stack/commit"
	"spool/infra/stack/template"
	"spool/infra/xsim"
	"spool/infra/xsim/front"
)

// Parameters that a template's owner would set, and that a local stack sets by itself unless Options does.
const (
	endpointParameter = "XEndpoint"      // a simulator
	adminKeyParameter = "AdminKeyHash"   // of a key kept in the data folder
	domainParameter   = "CallbackDomain" // the origin of the local API
	versionParameter  = "Version"        // the commit of the template's folder
	networksParameter = "NoticeNetworks" // notices may go to this machine
	mailParameter     = "AlarmEmail"     // whose e-mail the local stack shows
)

// callbackPath is where the template's functions take the browser back from X.
const callbackPath = "/oauth/x/callback"

// parameters adds to those of Options.
func (s *Stack) parameters(ctx context.Context, t *template.Template) (map[string]string, error) {
	values := maps.Clone(s.options.Parameters)
	if values == nil {
		values = map[string]string{}
	}
	open := func(name string) bool {
		_, given := values[name]
		return t.HasParameter(name) && !given
	}
	if open(domainParameter) {
		values[domainParameter] = s.API.String()
	}
	if open(versionParameter) {
		values[versionParameter] = commit.Of(ctx, filepath.Dir(s.options.Template))
	}
	if open(networksParameter) {
		values[networksParameter] = "loopback"
	}
	if open(mailParameter) {
		values[mailParameter] = "owner@example.com"
	}
	if open(adminKeyParameter) {
		key, err := adminkey.File(filepath.Join(s.options.Data, "admin-key"))
		if err != nil {
			return nil, err
		}
		s.AdminKey = key
		values[adminKeyParameter] = adminkey.Hash(key)
	}
	if open(endpointParameter) {
		endpoint, err := s.simulate()
		if err != nil {
			return nil, err
		}
		values[endpointParameter] = endpoint
	}
	s.X = values[endpointParameter]
	return values, nil
}

// simulate starts the X simulator and registers this stack's callback with its application.
func (s *Stack) simulate() (endpoint string, err error) {
	s.Simulator = xsim.New(xsim.Config{})
	s.Simulator.Configure(func(settings *xsim.Settings) {
		settings.Redirects = []string{s.API.String() + callbackPath}
	})
	if s.options.RoundTrip > 0 {
		return s.simulateFarAway()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("start the X simulator: %w", err)
	}
	s.serve("the X simulator", listener, s.Simulator.Handler())
	return "http://" + listener.Addr().String(), nil
}

// certificateFile is what the functions trust, in the data folder, where the simulator is behind TLS.
const certificateFile = "x.pem"

// simulateFarAway puts the simulator behind TLS and a network.
func (s *Stack) simulateFarAway() (endpoint string, err error) {
	if s.Front, err = front.Start(loopback.Named(s.Simulator.Handler()), s.options.RoundTrip); err != nil {
		return "", err
	}
	s.onClose("the X simulator", func() error {
		s.Front.Close()
		return nil
	})
	file := filepath.Join(s.options.Data, certificateFile)
	if err := os.WriteFile(file, s.Front.Certificate, 0o600); err != nil {
		return "", fmt.Errorf("keep the X simulator's certificate: %w", err)
	}
	return s.Front.URL, nil
}

// StoreApp hands the simulated application's credentials to the deployed API, as an owner does with those from X's
// developer console.
func (s *Stack) StoreApp(ctx context.Context) error {
	settings := s.Simulator.Settings()
	body, err := json.Marshal(map[string]string{"client_id": settings.ClientID, "client_secret": settings.ClientSecret})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, s.API.JoinPath("v1", "app").
		String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.AdminKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("store the simulated application: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		why, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return fmt.Errorf("store the simulated application: the API answers %s: %s", response.Status, why)
	}
	return nil
}
