package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"go.yaml.in/yaml/v3"

	"spool/infra/stack/template"
)

// archive makes the archive of a function. Nothing in it is of the day or the machine, so that the same binary is the
// same archive.
func archive(binary []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{
		Name:     "bootstrap",
		Method:   zip.Deflate,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	header.SetMode(0o755)
	file, err := w.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(binary); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// upload puts the functions' archives and the template that names them into the bucket. It gives where all of them are.
func (o *owner) upload(ctx context.Context, b *bucket) (archives []string, url string, err error) {
	if err := b.make(ctx); err != nil {
		return nil, "", err
	}
	text, err := os.ReadFile(o.template)
	if err != nil {
		return nil, "", err
	}
	ready, err := withCode(text, func(function string) (string, error) {
		binary, err := os.ReadFile(filepath.Join(filepath.Dir(o.template), ".build", function, "bootstrap"))
		if err != nil {
			return "", fmt.Errorf("make build left no binary: %w", err)
		}
		packed, err := archive(binary)
		if err != nil {
			return "", err
		}
		key, err := b.put(ctx, packed, ".zip")
		archives = append(archives, key)
		return "s3://" + b.name + "/" + key, err
	})
	if err != nil {
		return nil, "", err
	}
	key, err := b.put(ctx, ready, ".yaml")
	return archives, fmt.Sprintf("https://%s.s3.%s.amazonaws.com/%s", b.name, b.region, key), err
}

// revisionOf names what the functions are made of, and all that the template and its parameters set for them. Alarms
// are no part of it, and the commit's name says nothing that the archives do not.
func revisionOf(t *template.Template, stack string, parameters map[string]string, archives []string) (string, error) {
	parameters = maps.Clone(parameters)
	delete(parameters, revision)
	delete(parameters, version)
	model, err := t.Resolve(template.Settings{Stack: stack, Parameters: parameters})
	if err != nil {
		return "", err
	}
	for _, f := range model.Functions {
		f.Source, f.Rollout = "", template.Rollout{} // where it was built, and how it is brought out
	}
	for _, table := range model.Tables {
		table.DeletionProtectionEnabled = false
	}
	text, err := json.Marshal([]any{model, archives})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// withCode gives a template in which each function's CodeUri is what code gives for its logical id.
func withCode(text []byte, code func(function string) (string, error)) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	root := document.Content[0]
	if shared := at(root, "Globals", "Function"); shared != nil {
		remove(shared, "CodeUri")
	}
	resources := at(root, "Resources")
	for i := 0; i < len(resources.Content); i += 2 {
		id, resource := resources.Content[i].Value, resources.Content[i+1]
		if kind := at(resource, "Type"); kind == nil || kind.Value != "AWS::Serverless::Function" {
			continue
		}
		uri, err := code(id)
		if err != nil {
			return nil, err
		}
		properties := at(resource, "Properties")
		remove(properties, "CodeUri")
		properties.Content = append(
			properties.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Value: "CodeUri"},
			&yaml.Node{Kind: yaml.ScalarNode, Value: uri},
		)
	}
	return yaml.Marshal(&document)
}

// at follows keys into a mapping; nil where there is no such key.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		i := place(n, key)
		if i < 0 {
			return nil
		}
		n = n.Content[i+1]
	}
	return n
}

func remove(n *yaml.Node, key string) {
	if i := place(n, key); i >= 0 {
		n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
	}
}

func place(n *yaml.Node, key string) int {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// bucket keeps what CloudFormation and Lambda take code from. Each thing in it is named for what it holds. Others could
// have made a bucket of that name, so each request names the account whose it must be.
type bucket struct {
	s3            *s3.Client
	name, account string
	region        string
}

func s3Client(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

func newBucket(cfg aws.Config, account string) *bucket {
	return &bucket{s3Client(cfg), "spool-code-" + account + "-" + cfg.Region, account, cfg.Region}
}

func (b *bucket) make(ctx context.Context) error {
	_, err := b.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name, ExpectedBucketOwner: &b.account})
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	switch {
	case err == nil:
		return nil
	case !ok || response.HTTPStatusCode() != http.StatusNotFound:
		return fmt.Errorf("the bucket %s, for the functions' code, cannot be used: it is somebody else's, or out of "+
			"your credentials' reach: %w", b.name, err)
	}
	in := &s3.CreateBucketInput{Bucket: &b.name}
	if b.region != "us-east-1" { // which is S3's own, and has no name there
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(b.region),
		}
	}
	if _, err := b.s3.CreateBucket(ctx, in); err != nil {
		return fmt.Errorf("make the bucket %s for the functions' code: %w", b.name, err)
	}
	return nil
}

// put uploads what is not there yet.
func (b *bucket) put(ctx context.Context, content []byte, extension string) (key string, err error) {
	sum := sha256.Sum256(content)
	key = hex.EncodeToString(sum[:]) + extension
	head := &s3.HeadObjectInput{Bucket: &b.name, Key: &key, ExpectedBucketOwner: &b.account}
	if _, err := b.s3.HeadObject(ctx, head); err == nil {
		return key, nil
	}
	_, err = b.s3.PutObject(
		ctx,
		&s3.PutObjectInput{Bucket: &b.name, Key: &key, ExpectedBucketOwner: &b.account, Body: bytes.NewReader(content)},
	)
	if err != nil {
		return "", fmt.Errorf("upload to the bucket %s: %w", b.name, err)
	}
	return key, nil
}
