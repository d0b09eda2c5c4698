package envelope_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"spool/shared/envelope"
	"spool/shared/fault"
)

// fake is a KMS that answers what the test says and keeps what it was asked.
type fake struct {
	err     error
	encrypt *kms.EncryptInput
	decrypt *kms.DecryptInput
}

func (f *fake) Encrypt(_ context.Context, in *kms.EncryptInput, _ ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	f.encrypt = in
	return &kms.EncryptOutput{CiphertextBlob: []byte("sealed")}, f.err
}

func (f *fake) Decrypt(_ context.Context, in *kms.DecryptInput, _ ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	f.decrypt = in
	return &kms.DecryptOutput{Plaintext: []byte("plain")}, f.err
}

func binding() map[string]string {
	return map[string]string{"table": "accounts", "account": "12", "version": "3"}
}

func TestTheKeyAndTheBindingGoToKMS(t *testing.T) {
	f := new(fake)
	s := &envelope.Sealer{KMS: f, KeyID: "key-1"}
	sealed, err := s.Seal(t.Context(), []byte("plain"), binding())
	if err != nil || string(sealed) != "sealed" {
		t.Fatalf("Seal = %q, %v", sealed, err)
	}
	if in := f.encrypt; *in.KeyId != "key-1" || string(in.Plaintext) != "plain" || !maps.Equal(in.EncryptionContext, binding()) {
		t.Errorf("KMS was asked %+v", in)
	}
	plain, err := s.Open(t.Context(), sealed, binding())
	if err != nil || string(plain) != "plain" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	if in := f.decrypt; *in.KeyId != "key-1" || string(in.CiphertextBlob) != "sealed" || !maps.Equal(in.EncryptionContext, binding()) {
		t.Errorf("KMS was asked %+v", in)
	}
}

func TestWhatCannotBeSealedIsNotSent(t *testing.T) {
	f := new(fake)
	s := &envelope.Sealer{KMS: f, KeyID: "key-1"}
	secret := bytes.Repeat([]byte("canary"), envelope.MaxPlaintext)
	for name, try := range map[string]func() ([]byte, error){
		"too long":        func() ([]byte, error) { return s.Seal(t.Context(), secret[:envelope.MaxPlaintext+1], binding()) },
		"empty":           func() ([]byte, error) { return s.Seal(t.Context(), nil, binding()) },
		"without binding": func() ([]byte, error) { return s.Seal(t.Context(), secret[:6], nil) },
		"nothing to open": func() ([]byte, error) { return s.Open(t.Context(), nil, binding()) },
		"opening unbound": func() ([]byte, error) { return s.Open(t.Context(), []byte("sealed"), nil) },
	} {
		out, err := try()
		if out != nil || !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if f.encrypt != nil || f.decrypt != nil {
		t.Error("KMS was asked")
	}
	if _, err := s.Seal(t.Context(), secret[:envelope.MaxPlaintext], binding()); err != nil {
		t.Errorf("the longest: %v", err)
	}
}

func TestRefusalsOfKMS(t *testing.T) {
	tests := map[string]struct {
		err  error
		code fault.Code // Internal without a Fix is any other error
		todo bool
	}{
		"changed, or of another record":  {&types.InvalidCiphertextException{}, fault.Internal, true},
		"sealed with another key":        {&types.IncorrectKeyException{}, fault.Internal, true},
		"the functions may not use it":   {&smithy.GenericAPIError{Code: "AccessDeniedException"}, fault.NotSetUp, true},
		"the key is disabled":            {&types.DisabledException{}, fault.NotSetUp, true},
		"the key waits for its deletion": {&types.KMSInvalidStateException{}, fault.NotSetUp, true},
		"the key is gone":                {&types.NotFoundException{}, fault.NotSetUp, true},
		"KMS is busy":                    {&types.LimitExceededException{}, fault.Internal, false},
		"KMS fails":                      {&types.KMSInternalException{}, fault.Internal, false},
		"time is up":                     {context.DeadlineExceeded, fault.Internal, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &envelope.Sealer{KMS: &fake{err: tt.err}, KeyID: "key-1"}
			sealed, sealing := s.Seal(t.Context(), []byte("canary"), binding())
			plain, opening := s.Open(t.Context(), []byte("sealed"), binding())
			if sealed != nil || plain != nil {
				t.Errorf("something came back: %q, %q", sealed, plain)
			}
			for _, err := range []error{sealing, opening} {
				f, known := errors.AsType[*fault.Error](err)
				if fault.CodeOf(err) != tt.code || !errors.Is(err, tt.err) || known != tt.todo || known && f.Fix == "" {
					t.Errorf("got %v (%s)", err, fault.CodeOf(err))
				}
				if strings.Contains(err.Error(), "canary") {
					t.Errorf("the error repeats the secret: %v", err)
				}
			}
		})
	}
}
