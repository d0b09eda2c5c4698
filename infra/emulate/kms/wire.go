package kms

import (
	"crypto/rand"
	"fmt"
	"net/http"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
)

const (
	algorithm    = "SYMMETRIC_DEFAULT"
	maxPlaintext = 4096 // bytes
	maxDataKey   = 1024 // bytes
)

// request holds the fields of all operations.
type request struct {
	KeyId             string
	Plaintext         []byte
	CiphertextBlob    []byte
	EncryptionContext map[string]string
	KeySpec           string
	NumberOfBytes     int
}

// answer holds the fields of all answers but DescribeKey's.
type answer struct {
	KeyId               string
	Plaintext           []byte `json:",omitempty"`
	CiphertextBlob      []byte `json:",omitempty"`
	EncryptionAlgorithm string `json:",omitempty"`
}

// metadata is DescribeKey's account of a key.
type metadata struct {
	AWSAccountId, KeyId, Arn                        string
	CreationDate                                    float64 // Unix seconds
	Enabled                                         bool
	KeyState, KeyUsage, KeySpec, KeyManager, Origin string
	MultiRegion                                     bool
	EncryptionAlgorithms                            []string
}

func invalid(format string, a ...any) error {
	return &awsjson.Error{Code: "ValidationException", Message: fmt.Sprintf(format, a...)}
}

// ServeHTTP speaks AWS JSON 1.1.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	awsjson.Serve(w, r, func(operation string, body []byte) (any, error) {
		var in request
		if err := awsjson.Decode(body, &in); err != nil {
			return nil, err
		}
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.do(operation, &in)
	})
}

func (s *Server) do(operation string, in *request) (any, error) {
	if operation == "Decrypt" {
		return s.decrypt(in)
	}
	id, err := s.resolve(in.KeyId)
	if err != nil {
		return nil, err
	}
	k := s.ring.Keys[id]
	if s.disabled[id] && operation != "DescribeKey" {
		return nil, disabled(id)
	}
	switch operation {
	case "Encrypt":
		if n := len(in.Plaintext); n < 1 || n > maxPlaintext {
			return nil,
				invalid("1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and %d", maxPlaintext)
		}
		return answer{
			KeyId: keyARN(id), CiphertextBlob: k.seal(id, in.Plaintext, in.EncryptionContext), EncryptionAlgorithm: algorithm,
		}, nil
	case "GenerateDataKey", "GenerateDataKeyWithoutPlaintext":
		plaintext, err := dataKey(in)
		if err != nil {
			return nil, err
		}
		out := answer{KeyId: keyARN(id), CiphertextBlob: k.seal(id, plaintext, in.EncryptionContext)}
		if operation == "GenerateDataKey" {
			out.Plaintext = plaintext
		}
		return out, nil
	case "DescribeKey":
		return map[string]metadata{"KeyMetadata": k.describe(id, !s.disabled[id])}, nil
	}
	return nil, &awsjson.Error{Code: "UnsupportedOperationException", Message: operation + " is not emulated."}
}

func (s *Server) decrypt(in *request) (any, error) {
	if len(in.CiphertextBlob) == 0 {
		return nil,
			invalid("1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	bad := &awsjson.Error{Code: "InvalidCiphertextException"}
	parsed, err := parse(in.CiphertextBlob)
	if err != nil {
		return nil, bad
	}
	k, ok := s.ring.Keys[parsed.key]
	if !ok {
		return nil, bad
	}
	if in.KeyId != "" {
		id, err := s.resolve(in.KeyId)
		if err != nil {
			return nil, err
		}
		if id != parsed.key {
			return nil, &awsjson.Error{
				Code:    "IncorrectKeyException",
				Message: "The key ID in the request does not identify a CMK that can perform this operation.",
			}
		}
	}
	if s.disabled[parsed.key] {
		return nil, disabled(parsed.key)
	}
	plaintext, err := k.open(parsed, in.EncryptionContext)
	if err != nil {
		return nil, bad
	}
	return answer{KeyId: keyARN(parsed.key), Plaintext: plaintext, EncryptionAlgorithm: algorithm}, nil
}

func disabled(id string) error {
	return &awsjson.Error{Code: "DisabledException", Message: keyARN(id) + " is disabled."}
}

// dataKey makes random bytes, as many as the request wants.
func dataKey(in *request) ([]byte, error) {
	n := in.NumberOfBytes
	switch {
	case in.KeySpec == "AES_256" && n == 0:
		n = 32
	case in.KeySpec == "AES_128" && n == 0:
		n = 16
	case in.KeySpec != "" || n < 1:
		return nil, invalid("Please specify either number of bytes or key spec.")
	case n > maxDataKey:
		return nil,
			invalid("1 validation error detected: Value '%d' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to %d", n, maxDataKey)
	}
	b := make([]byte, n)
	rand.Read(b)
	return b, nil
}

func (k key) describe(id string, enabled bool) metadata {
	state := "Enabled"
	if !enabled {
		state = "Disabled"
	}
	return metadata{
		AWSAccountId: emulate.Account, KeyId: id, Arn: keyARN(id), CreationDate: float64(k.Created.UnixMilli()) / 1000,
		Enabled: enabled, KeyState: state, KeyUsage: "ENCRYPT_DECRYPT", KeySpec: algorithm, KeyManager: "CUSTOMER",
		Origin:               "AWS_KMS",
		EncryptionAlgorithms: []string{algorithm},
	}
}
