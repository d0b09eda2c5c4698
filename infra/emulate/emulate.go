// Package emulate names the account that the emulated AWS services belong to.
//
// The services themselves are its sub-packages, each of which can be used alone:
//
//   - iam: who may call what; awsjson: the wire protocol that SQS, KMS and DynamoDB share
//   - sqs, kms: the services as HTTP handlers; dynamodb: the engine behind DynamoDB
//   - s3: buckets over files, by gofakes3
//   - lambda: runs a function's real binary; eventsource, events, apigateway: what invokes it
//   - loopback: keeps all of them to this machine's own programs; npm: installs what runs on Node.js
//   - idle: cuts connections that have carried nothing for a while
//   - independent: implementations by others, in place of those of this project
//   - meter: counts what the functions ask of all of them
//   - cloudwatch: keeps metrics, and evaluates alarms on them; sns: keeps what is published to topics
//   - subprocess: ties the processes that lambda and dynamodb start to this program
package emulate

import (
	"crypto/rand"
	"fmt"
)

// Region and Account are those of every emulated resource.
const (
	Region  = "us-east-1"
	Account = "000000000000"
)

// AccessKeyID is the key under which the tables are made and reached in the engine behind DynamoDB, whoever's key a
// request came with: DynamoDB Local keeps a database for each key.
const AccessKeyID = "local"

// ARN is the name of a regional resource: ARN("dynamodb", "table/posts") gives
// arn:aws:dynamodb:us-east-1:000000000000:table/posts.
func ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + Region + ":" + Account + ":" + resource
}

// UUID is a random UUID (version 4), as AWS names requests, messages and keys.
func UUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
