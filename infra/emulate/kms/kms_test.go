package kms_test

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/kms"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

// serve serves the keys of a file and gives a client.
func serve(t *testing.T, path string) (*emulated.Server, *kms.Client) {
	t.Helper()
	s, err := emulated.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, kms.New(kms.Options{Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", "")})
}

func newKey(t *testing.T, s *emulated.Server, alias string) string {
	t.Helper()
	arn, err := s.Key(alias)
	if err != nil {
		t.Fatal(err)
	}
	return arn
}

const alias = "alias/TokenKey"

func tokenContext() map[string]string { return map[string]string{"account": "1", "purpose": "token"} }

// seal encrypts a secret under the alias.
func seal(t *testing.T, c *kms.Client) *kms.EncryptOutput {
	t.Helper()
	out, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(alias), Plaintext: []byte("secret"), EncryptionContext: tokenContext()})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// opens wants the ciphertext to open to the secret.
func opens(t *testing.T, c *kms.Client, blob []byte) {
	t.Helper()
	out, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: tokenContext()})
	if err != nil || string(out.Plaintext) != "secret" {
		t.Errorf("Decrypt = %v, %v", out, err)
	}
}

// as wants an error of the SDK's type E.
func as[E error](t *testing.T, err error) {
	t.Helper()
	if want := *new(E); !errors.As(err, &want) {
		t.Errorf("got %v, want %T", err, want)
	}
}

// invalid wants the code that has no type in the SDK.
func invalid(t *testing.T, err error) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ValidationException" {
		t.Errorf("got %v, want ValidationException", err)
	}
}

func TestEncryptAndDecrypt(t *testing.T) {
	s, c := serve(t, filepath.Join(t.TempDir(), "keys.json"))
	arn, other := newKey(t, s, alias), newKey(t, s, "alias/Other")
	blob := seal(t, c)

	t.Run("Encrypt tells the key and the algorithm", func(t *testing.T) {
		if *blob.KeyId != arn || !strings.HasPrefix(arn, "arn:aws:kms:us-east-1:000000000000:key/") || blob.EncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
			t.Errorf("key %s, want %s; algorithm %s", *blob.KeyId, arn, blob.EncryptionAlgorithm)
		}
	})
	t.Run("the same context opens, with the key named in any way or not at all", func(t *testing.T) {
		id := strings.TrimPrefix(arn, emulate.ARN("kms", "key/"))
		for _, name := range []*string{nil, aws.String(alias), &arn, &id, aws.String(emulate.ARN("kms", alias))} {
			out, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob.CiphertextBlob, EncryptionContext: tokenContext(), KeyId: name})
			if err != nil || string(out.Plaintext) != "secret" || *out.KeyId != arn {
				t.Errorf("key %s: %v, %v", aws.ToString(name), out, err)
			}
		}
	})
	for name, context := range map[string]map[string]string{
		"another value": {"account": "2", "purpose": "token"}, "a missing pair": {"account": "1"}, "none": nil,
		"another pair": {"account": "1", "purpose": "token", "x": "y"}, "another case": {"Account": "1", "purpose": "token"},
		"the same letters elsewhere": {"account": "1p", "urpose": "token"},
	} {
		t.Run("another context does not open: "+name, func(t *testing.T) {
			_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob.CiphertextBlob, EncryptionContext: context})
			as[*types.InvalidCiphertextException](t, err)
		})
	}
	t.Run("a ciphertext changed anywhere does not open", func(t *testing.T) {
		for i := range blob.CiphertextBlob {
			changed := bytes.Clone(blob.CiphertextBlob)
			changed[i] ^= 1
			_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: changed, EncryptionContext: tokenContext()})
			as[*types.InvalidCiphertextException](t, err)
		}
	})
	t.Run("a ciphertext cut anywhere does not open", func(t *testing.T) {
		for i := 1; i < len(blob.CiphertextBlob); i++ {
			_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob.CiphertextBlob[:i], EncryptionContext: tokenContext()})
			as[*types.InvalidCiphertextException](t, err)
		}
	})
	t.Run("an empty ciphertext is invalid", func(t *testing.T) {
		_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: []byte{}, EncryptionContext: tokenContext()})
		invalid(t, err)
	})
	t.Run("another key does not open", func(t *testing.T) {
		_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob.CiphertextBlob, EncryptionContext: tokenContext(), KeyId: &other})
		as[*types.IncorrectKeyException](t, err)
	})
	t.Run("a key that does not exist is not found", func(t *testing.T) {
		for _, name := range []string{"alias/none", "33333333-3333-3333-3333-333333333333", emulate.ARN("kms", "key/none")} {
			_, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &name, Plaintext: []byte("x")})
			as[*types.NotFoundException](t, err)
			_, err = c.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &name, CiphertextBlob: blob.CiphertextBlob})
			as[*types.NotFoundException](t, err)
		}
	})
	t.Run("1 to 4,096 bytes can be encrypted", func(t *testing.T) {
		for n, ok := range map[int]bool{0: false, 1: true, 4096: true, 4097: false} {
			_, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &arn, Plaintext: make([]byte, n)})
			if ok && err != nil {
				t.Errorf("%d bytes: %v", n, err)
			} else if !ok {
				invalid(t, err)
			}
		}
	})
	t.Run("no ciphertext comes twice", func(t *testing.T) {
		if bytes.Equal(seal(t, c).CiphertextBlob, seal(t, c).CiphertextBlob) {
			t.Error("two equal ciphertexts")
		}
	})
	t.Run("many at once do not disturb one another", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() { opens(t, c, seal(t, c).CiphertextBlob) })
		}
		wg.Wait()
	})
}

func TestDataKeys(t *testing.T) {
	s, c := serve(t, filepath.Join(t.TempDir(), "keys.json"))
	arn := newKey(t, s, alias)
	for _, tt := range []struct {
		name  string
		spec  types.DataKeySpec
		bytes *int32
		want  int // 0: invalid
	}{
		{"AES_256 is 32 bytes", types.DataKeySpecAes256, nil, 32},
		{"AES_128 is 16 bytes", types.DataKeySpecAes128, nil, 16},
		{"a number is that many bytes", "", aws.Int32(64), 64},
		{"neither is invalid", "", nil, 0},
		{"both is invalid", types.DataKeySpecAes256, aws.Int32(64), 0},
		{"an unknown spec is invalid", "AES_512", nil, 0},
		{"more than 1,024 bytes is invalid", "", aws.Int32(1025), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := c.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: tt.spec, NumberOfBytes: tt.bytes, EncryptionContext: tokenContext()})
			if tt.want == 0 {
				invalid(t, err)
				return
			}
			if err != nil || len(out.Plaintext) != tt.want {
				t.Fatalf("%v, %v", out, err)
			}
			opened, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: tokenContext()})
			if err != nil || !bytes.Equal(opened.Plaintext, out.Plaintext) {
				t.Errorf("opened %v, %v", opened, err)
			}
		})
	}
	t.Run("without plaintext there is only the ciphertext", func(t *testing.T) {
		out, err := c.GenerateDataKeyWithoutPlaintext(t.Context(), &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256})
		if err != nil || len(out.CiphertextBlob) == 0 {
			t.Errorf("%v, %v", out, err)
		}
	})
}

func TestDescribeKey(t *testing.T) {
	s, c := serve(t, filepath.Join(t.TempDir(), "keys.json"))
	arn := newKey(t, s, alias)
	out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(alias)})
	if err != nil || *out.KeyMetadata.Arn != arn || !out.KeyMetadata.Enabled || out.KeyMetadata.CreationDate.IsZero() {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = c.CreateGrant(t.Context(), &kms.CreateGrantInput{KeyId: &arn, GranteePrincipal: &arn, Operations: []types.GrantOperation{types.GrantOperationDecrypt}})
	as[*types.UnsupportedOperationException](t, err)
}

func TestKeysSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	s, c := serve(t, path)
	arn := newKey(t, s, alias)
	old := seal(t, c).CiphertextBlob
	if err := s.Rotate(alias); err != nil {
		t.Fatal(err)
	}
	rotated := seal(t, c).CiphertextBlob

	t.Run("the file is its owner's alone, and nothing lies beside it", func(t *testing.T) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
			t.Errorf("the folder holds %v", entries)
		}
	})
	t.Run("rotation changes what seals, and old ciphertexts open", func(t *testing.T) {
		if bytes.Equal(old[:39], rotated[:39]) { // one byte, an id of 36, two of the version
			t.Error("sealed with the same backing key")
		}
		opens(t, c, old)
		opens(t, c, rotated)
	})
	t.Run("a restart changes nothing", func(t *testing.T) {
		s, c := serve(t, path)
		if again := newKey(t, s, alias); again != arn {
			t.Errorf("the key was %s and is %s", arn, again)
		}
		opens(t, c, old)
		opens(t, c, rotated)
	})
	t.Run("an unknown key cannot be rotated", func(t *testing.T) {
		if err := s.Rotate("alias/none"); err == nil {
			t.Error("rotated")
		}
	})
}

func TestDamagedFile(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":             `{`,
		"no aliases":          `{"keys":{},"aliases":null}`,
		"a key without keys":  `{"keys":{"1":{"backing":[]}}}`,
		"a key that is short": `{"keys":{"1":{"backing":["AAAA"]}}}`,
	} {
		t.Run(name+" is refused with the file's name", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := emulated.Open(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestKeyARN(t *testing.T) {
	s, c := serve(t, filepath.Join(t.TempDir(), "keys.json"))
	arn := newKey(t, s, alias)
	unknown := emulate.ARN("kms", "key/unknown")
	for _, tt := range []struct {
		name, key  string
		ciphertext []byte
		want       string
	}{
		{"an alias gives its key", alias, nil, arn},
		{"an ARN gives itself", arn, nil, arn},
		{"a ciphertext gives the key that sealed it", "", seal(t, c).CiphertextBlob, arn},
		{"a named key goes before the ciphertext", "alias/none", seal(t, c).CiphertextBlob, unknown},
		{"garbage gives a key that nobody has", "", []byte("garbage"), unknown},
		{"nothing gives a key that nobody has", "", nil, unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.KeyARN(tt.key, tt.ciphertext); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("an alias has its prefix", func(t *testing.T) {
		if _, err := s.Key("TokenKey"); err == nil {
			t.Error("made a key without it")
		}
	})
}

func TestADisabledKeyNeitherSealsNorOpens(t *testing.T) {
	s, c := serve(t, filepath.Join(t.TempDir(), "keys.json"))
	newKey(t, s, alias)
	sealed := seal(t, c)
	if err := s.Enable(alias, false); err != nil {
		t.Fatal(err)
	}
	_, sealing := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(alias), Plaintext: []byte("secret")})
	_, opening := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: tokenContext()})
	for _, err := range []error{sealing, opening} {
		if _, ok := errors.AsType[*types.DisabledException](err); !ok {
			t.Errorf("got %v", err)
		}
	}
	described, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(alias)})
	if err != nil || described.KeyMetadata.Enabled || described.KeyMetadata.KeyState != types.KeyStateDisabled {
		t.Errorf("described as %+v, %v", described, err)
	}
	if err := s.Enable(alias, true); err != nil {
		t.Fatal(err)
	}
	opens(t, c, sealed.CiphertextBlob)
	if err := s.Enable("alias/Other", false); err == nil {
		t.Error("a key that does not exist was disabled")
	}
}
