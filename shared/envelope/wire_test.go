package envelope_test

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/kms"
	"spool/shared/envelope"
	"spool/shared/fault"
)

// sealers gives two sealers, of two keys, on KMS's wire protocol.
func sealers(t *testing.T) (server *emulated.Server, s, other *envelope.Sealer) {
	t.Helper()
	server, err := emulated.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)
	client := kms.New(kms.Options{
		Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", ""),
	})
	of := func(alias string) *envelope.Sealer {
		arn, err := server.Key(alias)
		if err != nil {
			t.Fatal(err)
		}
		return &envelope.Sealer{KMS: client, KeyID: arn}
	}
	return server, of("alias/one"), of("alias/two")
}

func TestSealedOpensOnlyAsItWasSealed(t *testing.T) {
	server, s, other := sealers(t)
	sealed, err := s.Seal(t.Context(), []byte("secret"), binding())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Rotate(s.KeyID); err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Open(t.Context(), sealed, binding()); err != nil || string(plain) != "secret" {
		t.Errorf("after the key was rotated: %q, %v", plain, err)
	}
	otherVersion := binding()
	otherVersion["version"] = "2"
	tampered := append([]byte(nil), sealed...)
	tampered[len(tampered)-1] ^= 1
	for name, tt := range map[string]struct {
		sealer  *envelope.Sealer
		sealed  []byte
		binding map[string]string
	}{
		"bound to another version": {s, sealed, otherVersion},
		"bound to less":            {s, sealed, map[string]string{"account": "12"}},
		"tampered with":            {s, tampered, binding()},
		"cut off":                  {s, sealed[:len(sealed)/2], binding()},
		"with another key":         {other, sealed, binding()},
	} {
		plain, err := tt.sealer.Open(t.Context(), tt.sealed, tt.binding)
		if plain != nil || !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestAKeyThatDoesNotExistIsASetupFault(t *testing.T) {
	_, s, _ := sealers(t)
	s.KeyID = emulate.ARN("kms", "key/00000000-0000-0000-0000-000000000000")
	if _, err := s.Seal(t.Context(), []byte("secret"), binding()); !fault.Is(err, fault.NotSetUp) {
		t.Errorf("got %v", err)
	}
}
