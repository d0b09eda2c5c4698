// Package envelope seals small secrets with a KMS key, bound to what they belong
// to.
//
// The binding is KMS's encryption context: what was sealed with one opens with
// the same one only, so that a secret which is copied to another record, or put
// under another version's number, does not open. The binding itself is no secret:
// it appears in CloudTrail. The roles in template.yaml name the bindings that each
// function may use.
//
// KMS has no memory: what was sealed once opens for ever. Whoever can write to the
// tables can put an older record back as it was, its version with it, and the
// secret in it opens. What that is worth is up to the secret: X has replaced the
// tokens of an older pair, and refuses them.
package envelope

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"spool/shared/fault"
)

// MaxPlaintext is the most that KMS encrypts itself, in bytes.
const MaxPlaintext = 4096

// API is what the sealer needs of KMS; *kms.Client has it.
type API interface {
	Encrypt(context.Context, *kms.EncryptInput, ...func(*kms.Options)) (*kms.EncryptOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

var _ API = (*kms.Client)(nil)

// Sealer seals with one key. It is safe for concurrent use.
//
// Its errors are faults where the reason is known: Internal where what is sealed
// cannot be what was asked for, NotSetUp where the key itself is out of use.
// Others, such as KMS being busy, pass through with the step's name.
type Sealer struct {
	KMS   API
	KeyID string // id or ARN
}

// Seal encrypts 1 to [MaxPlaintext] bytes in one request.
func (s *Sealer) Seal(ctx context.Context, plaintext []byte, binding map[string]string) ([]byte, error) {
	switch n := len(plaintext); {
	case len(binding) == 0:
		return nil, fault.New(fault.Internal, "A secret was to be sealed without saying what it belongs to.")
	case n == 0 || n > MaxPlaintext:
		return nil, fault.New(fault.Internal, "A secret to be sealed has %d bytes; KMS takes 1 to %d.", n, MaxPlaintext)
	}
	out, err := s.KMS.Encrypt(ctx, &kms.EncryptInput{KeyId: &s.KeyID, Plaintext: plaintext, EncryptionContext: binding})
	if err != nil {
		return nil, explain("sealing", err)
	}
	return out.CiphertextBlob, nil
}

// Open decrypts, in one request, what was sealed with the same binding.
func (s *Sealer) Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error) {
	if len(sealed) == 0 || len(binding) == 0 {
		return nil, fault.New(fault.Internal, "There is nothing sealed to open, or nothing that it belongs to.")
	}
	// Naming the key keeps a ciphertext of another key from being accepted.
	out, err := s.KMS.Decrypt(ctx, &kms.DecryptInput{KeyId: &s.KeyID, CiphertextBlob: sealed, EncryptionContext: binding})
	if err != nil {
		return nil, explain("opening", err)
	}
	return out.Plaintext, nil
}

// explain names the refusals of KMS that have a meaning of their own.
func explain(step string, err error) error {
	var (
		changed  *types.InvalidCiphertextException
		otherKey *types.IncorrectKeyException
		disabled *types.DisabledException
		state    *types.KMSInvalidStateException
		gone     *types.NotFoundException
		refused  smithy.APIError
	)
	switch {
	case errors.As(err, &changed):
		return fault.New(fault.Internal, "A sealed secret does not open: it belongs to another record, or it was changed.").
			Todo("Connect the account again, or restore its record from a backup.").Because(err)
	case errors.As(err, &otherKey):
		return fault.New(fault.Internal, "A sealed secret was sealed with another key.").
			Todo("Restore the key that it was sealed with, or connect the account again.").Because(err)
	case errors.As(err, &disabled), errors.As(err, &state):
		return fault.New(fault.NotSetUp, "The key that protects the tokens is disabled or about to be deleted.").
			Todo("Open Key Management Service in the AWS console; cancel the deletion or enable the key.").Because(err)
	case errors.As(err, &gone):
		return fault.New(fault.NotSetUp, "The key that protects the tokens does not exist.").
			Todo("Deploy Spool again, then connect the accounts again.").Because(err)
	}
	if errors.As(err, &refused) && refused.ErrorCode() == "AccessDeniedException" {
		return fault.New(fault.NotSetUp, "Spool's functions may not use the key that protects the tokens.").
			Todo("Deploy Spool again, which restores its roles and the key's policy; look at changes that somebody made by hand.").Because(err)
	}
	return fmt.Errorf("envelope: %s: %w", step, err)
}
