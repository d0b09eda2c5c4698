package template

import (
	"strings"

	"spool/infra/emulate"
)

// names says what resources are called locally.
type names struct {
	stack  string
	keyARN func(id string) (string, error)
}

func (n names) physical(id string) string { return n.stack + "-" + id }

// pseudo is the value of one of CloudFormation's own parameters.
func (n names) pseudo(name string) (string, bool) {
	switch name {
	case "AWS::StackName":
		return n.stack, true
	case "AWS::Region":
		return emulate.Region, true
	case "AWS::AccountId":
		return emulate.Account, true
	case "AWS::Partition":
		return "aws", true
	case "AWS::URLSuffix":
		return "amazonaws.com", true
	}
	return "", false
}

// kind is a resource type: what references to a resource of it give, by its logical id.
type kind struct {
	name       string
	ref        naming
	attributes map[string]naming
}

type naming func(n names, id string) (string, error)

// Resource types. Those below the line have nothing to run locally: references to and from them are checked, their
// other properties are not.
const (
	typeFunction = "AWS::Serverless::Function"
	typeHTTPAPI  = "AWS::Serverless::HttpApi"
	typeQueue    = "AWS::SQS::Queue"
	typeTable    = "AWS::DynamoDB::Table"
	typeKey      = "AWS::KMS::Key"
	typeBucket   = "AWS::S3::Bucket"
	typePolicy   = "AWS::S3::BucketPolicy"
	typeRole     = "AWS::IAM::Role"
	typeAlarm    = "AWS::CloudWatch::Alarm"
	typeFilter   = "AWS::Logs::MetricFilter"

	typeLogGroup     = "AWS::Logs::LogGroup"
	typeTopic        = "AWS::SNS::Topic"
	typeSubscription = "AWS::SNS::Subscription"
	typeDashboard    = "AWS::CloudWatch::Dashboard"
	typeManaged      = "AWS::IAM::ManagedPolicy"
	typeDomain       = "AWS::ApiGatewayV2::DomainName"
	typeAPIPath      = "AWS::ApiGatewayV2::ApiMapping"
	typeBudget       = "AWS::Budgets::Budget"
)

var kinds = map[string]kind{
	typeFunction: {typeFunction, functionName, map[string]naming{"Arn": functionARN}},
	typeHTTPAPI:  {typeHTTPAPI, physical, nil},
	typeQueue: {typeQueue, queueURL, map[string]naming{
		"Arn": arn("sqs", ""), "QueueName": physical, "QueueUrl": queueURL}},
	typeTable:  {typeTable, physical, map[string]naming{"Arn": arn("dynamodb", "table/")}},
	typeKey:    {typeKey, keyID, map[string]naming{"Arn": keyARN, "KeyId": keyID}},
	typeBucket: {typeBucket, bucketName, map[string]naming{"Arn": bucketARN}},
	typePolicy: {typePolicy, physical, nil},
	typeRole:   {typeRole, physical, map[string]naming{"Arn": roleARN}},

	typeLogGroup:     {typeLogGroup, physical, map[string]naming{"Arn": arn("logs", "log-group:")}},
	typeTopic:        {typeTopic, arn("sns", ""), map[string]naming{"TopicArn": arn("sns", ""), "TopicName": physical}},
	typeAlarm:        {typeAlarm, physical, map[string]naming{"Arn": arn("cloudwatch", "alarm:")}},
	typeFilter:       {typeFilter, physical, nil},
	typeSubscription: {typeSubscription, arn("sns", ""), nil},
	typeDashboard:    {typeDashboard, physical, nil},
	typeManaged:      {typeManaged, physical, nil},
	typeDomain:       {typeDomain, physical, map[string]naming{"RegionalDomainName": regionalDomain}},
	typeAPIPath:      {typeAPIPath, physical, nil},
	typeBudget:       {typeBudget, physical, nil},
}

func physical(n names, id string) (string, error) { return n.physical(id), nil }

// functionName is short, since it leads log lines and names the function in counts: PublishFunction is "publish".
func functionName(_ names, id string) (string, error) {
	return strings.ToLower(strings.TrimSuffix(id, "Function")), nil
}

func functionARN(n names, id string) (string, error) {
	name, err := functionName(n, id)
	return emulate.ARN("lambda", "function:"+name), err
}

func arn(service, prefix string) naming {
	return func(n names, id string) (string, error) { return emulate.ARN(service, prefix+n.physical(id)), nil }
}

// regionalDomain is what a DNS record would lead a domain to.
func regionalDomain(n names, id string) (string, error) { return n.physical(id) + ".regional", nil }

// bucketName has no capitals, as S3 wants it.
func bucketName(n names, id string) (string, error) { return strings.ToLower(n.physical(id)), nil }

func bucketARN(n names, id string) (string, error) {
	name, err := bucketName(n, id)
	return "arn:aws:s3:::" + name, err
}

func roleARN(n names, id string) (string, error) {
	return "arn:aws:iam::" + emulate.Account + ":role/" + n.physical(id), nil
}

// QueueOrigin is where queue URLs seem to be; like an ARN, a queue's URL only names the queue.
const QueueOrigin = "https://sqs." + emulate.Region + ".amazonaws.com"

func queueURL(n names, id string) (string, error) {
	return QueueOrigin + "/" + emulate.Account + "/" + n.physical(id), nil
}

// keyARN asks, since KMS itself gives keys their ids.
func keyARN(n names, id string) (string, error) {
	if n.keyARN == nil {
		return emulate.ARN("kms", "key/"+n.physical(id)), nil
	}
	return n.keyARN(id)
}

func keyID(n names, id string) (string, error) {
	arn, err := keyARN(n, id)
	return arn[strings.LastIndexByte(arn, '/')+1:], err
}
