#!/usr/bin/env python3
"""Writes the JSON files beside it: what each template means to AWS's own SAM translator and to moto's CloudFormation.

    pip install aws-sam-translator moto[all]
    python3 infra/stack/template/testdata/translated/translate.py           # write them
    python3 infra/stack/template/testdata/translated/translate.py --check   # fail where one would change

Each template is translated by samtranslator, then created as a stack in moto, in this process. What moto keeps of a
resource is read back through AWS's API; what it does not keep is taken from the properties that its CloudFormation
resolved. Names are written as ${Id} or ${Id.Attribute}. The Go tests compare the evaluator with
these files; none of them needs Python.
"""

import hashlib
import json
import logging
import os
import pathlib
import sys

os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                  MOTO_ACCOUNT_ID="000000000000")

import boto3  # noqa: E402
import moto  # noqa: E402
import samtranslator  # noqa: E402
from moto.cloudformation import parsing  # noqa: E402
from moto.cloudformation.models import cloudformation_backends  # noqa: E402
from moto.core.common_models import CloudFormationModel  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

logging.disable(logging.WARNING)  # of metrics that nobody publishes
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[4]
STACK = "translated"

# The templates, and the parameters that each is translated with.
CASES = {
    "spool": (ROOT / "template.yaml", {
        "defaults": {"AdminKeyHash": "0" * 64},
        "everything set": {
            "AdminKeyHash": "1" * 64, "CallbackDomain": "posts.example.com", "AlarmEmail": "owner@example.com",
            "XEndpoint": "https://x.example.com", "Prices": '{"as_of":"2026-12-01","post":"0.015"}',
            "MediaLimits": '{"as_of":"2026-12-01","video_max_seconds":1200}', "SettleSeconds": "300",
            "LeaseSeconds": "60", "ReserveConcurrency": "yes", "Rollout": "AllAtOnce", "Revision": "ab" * 32, "AwsBudget": "10",
            "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"},
        "with the data of an earlier stack": {
            "AdminKeyHash": "3" * 64, "DeletionProtection": "no",
            "PostsTableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/earlier-PostsTable",
            "AccountsTableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/earlier-AccountsTable",
            "TokenKeyArn": "arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012",
            "MediaBucketArn": "arn:aws:s3:::earlier-mediabucket"},
        "on this machine": {"AdminKeyHash": "2" * 64, "CallbackDomain": "http://127.0.0.1:8080",
                            "XEndpoint": "http://127.0.0.1:8081"},
    }),
    "small": (HERE.parent / "small.yaml", {
        "defaults": {"Origin": "https://example.com"},
        "live": {"Origin": "http://a.b", "Stage": "live", "Seconds": "30"},
    }),
    "intrinsics": (HERE / "intrinsics.yaml", {
        "defaults": {}, "off": {"Switch": "off", "Words": "one"}, "empty": {"Empty": "filled", "Words": "a,b,c,d"},
    }),
    "conditions": (HERE / "conditions.yaml", {
        f"{a}{b}{c}": {"A": a, "B": b, "C": c} for a in "10" for b in "10" for c in "10"
    }),
    "globals": (HERE / "globals.yaml", {"defaults": {}, "loud": {"Loud": "yes"}}),
    "kinds": (HERE / "kinds.yaml", {"defaults": {}}),
}

# Types that moto's CloudFormation does not know: it is given stand-ins, so that they can be referred to.
UNKNOWN_TO_MOTO = ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage", "AWS::Lambda::EventInvokeConfig",
                   "AWS::S3::BucketPolicy", "AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter", "AWS::SNS::Subscription", "AWS::CloudWatch::Dashboard", "AWS::ApiGatewayV2::DomainName",
                   "AWS::ApiGatewayV2::ApiMapping", "AWS::Budgets::Budget", "AWS::CodeDeploy::Application",
                   "AWS::CodeDeploy::DeploymentGroup", "AWS::Lambda::Alias",
                   "AWS::Lambda::Version"]


def stand_in(type_name):
    """A resource type for moto that keeps nothing but its name. An alias is called like its function."""
    def create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = cls()
        made.physical_resource_id = resource_name
        if type_name == "AWS::Lambda::Alias":
            function = cloudformation_json["Properties"]["FunctionName"]
            made.physical_resource_id = f"arn:aws:lambda:{region_name}:{account_id}:function:{function}"
        return made

    return type("StandIn", (CloudFormationModel,), {
        "cloudformation_name_type": staticmethod(lambda: ""),
        "cloudformation_type": staticmethod(lambda: type_name),
        "create_from_cloudformation_json": classmethod(create),
        "has_cfn_attr": classmethod(lambda cls, attribute: attribute in ("RegionalDomainName", "Version")),
        "get_cfn_attribute": lambda self, attribute: f"{self.physical_resource_id}.{attribute}",
        "physical_resource_id": None,
    })


STAND_INS = [stand_in(name) for name in UNKNOWN_TO_MOTO]  # moto finds them as subclasses

resolve_with_gaps = parsing.clean_json


def resolve(node, resources):
    """moto leaves None in a list for AWS::NoValue, where CloudFormation leaves the element out."""
    if isinstance(node, dict) and "Fn::Join" in node:
        separator, parts = node["Fn::Join"]
        return separator.join(str(part) for part in resolve(parts, resources))
    result = resolve_with_gaps(node, resources)
    return [x for x in result if x is not None] if isinstance(result, list) else result


parsing.clean_json = resolve


def translate(text, parameters):
    """The CloudFormation template that SAM makes; the code of functions is taken for uploaded."""
    document = yaml_parse(text)
    functions = [r["Properties"] for r in document["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    for properties in [document.get("Globals", {}).get("Function", {}), *functions]:
        if "CodeUri" in properties:
            properties["CodeUri"] = "s3://code/function.zip"
    return Translator({}, Parser(), boto_session=boto3.Session()).translate(document, parameter_values=dict(parameters))


def rename(value, names):
    if isinstance(value, dict):
        return {rename(k, names): rename(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [rename(v, names) for v in value]
    if isinstance(value, str):
        if value in names:
            return names[value]
        for name in sorted(names, key=len, reverse=True):
            value = value.replace(name, names[name])
    return value


def listed(value):
    return value if isinstance(value, list) else [value]


def text(value):
    """Environment variables and conditions are texts; YAML's true is "true"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Stack:
    def __init__(self, template, parameters):
        self.template = template
        boto3.client("s3").create_bucket(Bucket="code")
        boto3.client("s3").put_object(Bucket="code", Key="function.zip", Body=b"")
        client = boto3.client("cloudformation")
        client.create_stack(StackName=STACK, TemplateBody=json.dumps(template), Parameters=[
            {"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()])
        described = client.describe_stacks(StackName=STACK)["Stacks"][0]
        assert described["StackStatus"] == "CREATE_COMPLETE", described
        self.outputs = {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}
        [stack] = cloudformation_backends["000000000000"]["us-east-1"].stacks.values()
        self.map = stack.resource_map
        self.made = {i: self.map[i] for i in template["Resources"] if self.map[i] is not None}
        self.names = {STACK: "${AWS::StackName}"}
        for i, resource in self.made.items():
            if template["Resources"][i]["Type"] == "AWS::Lambda::Alias":
                continue
            for attribute in ["QueueName", "Arn", "KeyId", "TopicName", "TopicArn", "RegionalDomainName"]:
                try:
                    name = resource.get_cfn_attribute(attribute)
                except Exception:  # of the several that moto raises for an attribute that it does not have
                    continue
                self.names[name] = "${%s.%s}" % (i, attribute)
            if isinstance(getattr(resource, "physical_resource_id", None), str):
                self.names[resource.physical_resource_id] = "${%s}" % i

    def of(self, kind):
        """Ids and resolved properties of the resources of a type."""
        for i in self.made:
            r = self.template["Resources"][i]
            if r["Type"] == kind:
                yield i, parsing.clean_json(r.get("Properties", {}), self.map)

    def retained(self, i):
        r = self.template["Resources"][i]
        return r.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate") and r.get("UpdateReplacePolicy") == "Retain"

    def model(self):
        return rename({
            "functions": dict(self.functions()), "tables": dict(self.tables()), "queues": dict(self.queues()),
            "buckets": dict(self.buckets()), "keys": dict(self.keys()), "routes": dict(self.routes()),
            "schedules": dict(self.schedules()), "mappings": dict(self.mappings()), "outputs": self.outputs,
        }, self.names)

    def functions(self):
        client = boto3.client("lambda")
        policies = {self.made[i].get_cfn_attribute("Arn"): p.get("Policies", []) for i, p in self.of("AWS::IAM::Role")}
        tries = {p["FunctionName"]: p.get("MaximumRetryAttempts", 2) for _, p in self.of("AWS::Lambda::EventInvokeConfig")}
        aliases = {p["FunctionName"]: p["Name"] for _, p in self.of("AWS::Lambda::Alias")}
        rollouts = dict(self.of("AWS::CodeDeploy::DeploymentGroup"))
        for i, properties in self.of("AWS::Lambda::Function"):
            rollout = rollouts.get(i + "DeploymentGroup", {})
            name = self.made[i].physical_resource_id
            got = client.get_function(FunctionName=name)
            configuration = got["Configuration"]
            yield i, {
                "timeout": configuration["Timeout"],
                "memory": configuration["MemorySize"],
                "reserved": got.get("Concurrency", {}).get("ReservedConcurrentExecutions", 0),
                "log_format": properties.get("LoggingConfig", {}).get("LogFormat", ""),
                "retries": tries.get(name, 2),
                "alias": aliases.get(name, ""),
                "rollout": rollout.get("DeploymentConfigName", "").removeprefix("CodeDeployDefault.Lambda"),
                "alarms": [a["Name"] for a in (rollout.get("AlarmConfiguration") or {}).get("Alarms", [])],
                "environment": {k: text(v) for k, v in configuration.get("Environment", {}).get("Variables", {}).items()},
                "statements": list(self.statements(policies[configuration["Role"]])),
            }

    def statements(self, policies):  # moto keeps a role's policy as Python writes a dict, not as JSON
        for policy in policies:
            for s in listed(policy["PolicyDocument"]["Statement"]):
                assert s["Effect"] == "Allow", s
                yield {"actions": listed(s["Action"]), "resources": listed(s["Resource"]), "conditions": {
                    f"{operator} {key}": [text(v) for v in listed(values)]
                    for operator, keys in s.get("Condition", {}).items() for key, values in keys.items()}}

    def tables(self):
        client = boto3.client("dynamodb")
        for i, properties in self.of("AWS::DynamoDB::Table"):
            table = client.describe_table(TableName=self.made[i].physical_resource_id)["Table"]
            expiry = properties.get("TimeToLiveSpecification", {})
            yield i, {
                "billing": table["BillingModeSummary"]["BillingMode"],
                "key": key(table),
                "attributes": {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]},
                "indexes": {x["IndexName"]: {
                    "key": key(x), "projection": x["Projection"]["ProjectionType"],
                    "attributes": x["Projection"].get("NonKeyAttributes", []),
                } for x in table.get("GlobalSecondaryIndexes", [])},
                "expires_by": expiry["AttributeName"] if expiry.get("Enabled") else "",
                "recovery": properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled", False),
                "encrypted": properties.get("SSESpecification", {}).get("SSEEnabled", False),
                "protected": table.get("DeletionProtectionEnabled", False),
                "retained": self.retained(i),
            }

    def queues(self):
        client = boto3.client("sqs")
        for i, properties in self.of("AWS::SQS::Queue"):
            url = self.made[i].physical_resource_id
            got = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            redrive = json.loads(got.get("RedrivePolicy", "{}"))
            yield i, {
                "visibility": int(got["VisibilityTimeout"]), "retention": int(got["MessageRetentionPeriod"]),
                "delay": int(got["DelaySeconds"]), "encrypted": properties.get("SqsManagedSseEnabled", False),
                "dead_letters": redrive.get("deadLetterTargetArn", ""), "receives": int(redrive.get("maxReceiveCount", 0)),
            }

    def buckets(self):
        policies = {p["Bucket"]: p["PolicyDocument"]["Statement"] for _, p in self.of("AWS::S3::BucketPolicy")}
        for i, p in self.of("AWS::S3::Bucket"):
            yield i, {
                "private": sorted(k for k, v in p.get("PublicAccessBlockConfiguration", {}).items() if v),
                "ownership": [r["ObjectOwnership"] for r in p.get("OwnershipControls", {}).get("Rules", [])],
                "encryption": [r["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
                               for r in p["BucketEncryption"]["ServerSideEncryptionConfiguration"]],
                "expiry": {r["Id"]: {
                    "status": r["Status"], "prefix": r.get("Prefix", ""), "days": r.get("ExpirationInDays", 0),
                    "parts": r.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 0),
                } for r in p.get("LifecycleConfiguration", {}).get("Rules", [])},
                "cors": [{"methods": r["AllowedMethods"], "origins": r["AllowedOrigins"],
                          "headers": r.get("AllowedHeaders", []), "age": r.get("MaxAge", 0)}
                         for r in p.get("CorsConfiguration", {}).get("CorsRules", [])],
                "tls_only": any(s["Effect"] == "Deny" and text(s["Condition"]["Bool"]["aws:SecureTransport"]) == "false"
                                for s in policies.get(self.made[i].physical_resource_id, [])),
                "retained": self.retained(i),
            }

    def keys(self):
        client = boto3.client("kms")
        for i, _ in self.of("AWS::KMS::Key"):
            rotation = client.get_key_rotation_status(KeyId=self.made[i].get_cfn_attribute("Arn"))
            yield i, {"rotation": rotation["KeyRotationEnabled"], "retained": self.retained(i)}

    def routes(self):
        limits = {i: p for p in (p for _, p in self.of("AWS::ApiGatewayV2::Stage")) for i in [p["ApiId"]]}
        for i, api in self.of("AWS::ApiGatewayV2::Api"):
            stage = limits[self.made[i].physical_resource_id]
            for path, methods in api["Body"]["paths"].items():
                for method, operation in methods.items():
                    method = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                    route = "$default" if path.removeprefix("/") == "$default" else f"{method} {path}"
                    limit = stage.get("RouteSettings", {}).get(route, stage.get("DefaultRouteSettings", {}))
                    uri = operation["x-amazon-apigateway-integration"]["uri"]
                    yield route, {"function": rename(uri.split("/functions/")[1].split("/")[0], self.names),
                                  "rate": limit.get("ThrottlingRateLimit", 0), "burst": limit.get("ThrottlingBurstLimit", 0)}

    def schedules(self):
        client = boto3.client("events")
        for i, _ in self.of("AWS::Events::Rule"):
            name = self.made[i].name
            rule = client.describe_rule(Name=name)
            assert rule["State"] == "ENABLED", rule
            [target] = client.list_targets_by_rule(Rule=name)["Targets"]
            number, unit = rule["ScheduleExpression"].removeprefix("rate(").removesuffix(")").split()
            seconds = {"minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
            yield i, {"function": target["Arn"], "seconds": int(number) * seconds}

    def mappings(self):
        client = boto3.client("lambda")
        for i, _ in self.of("AWS::Lambda::EventSourceMapping"):
            m = client.get_event_source_mapping(UUID=self.made[i].physical_resource_id)
            yield rename(m["EventSourceArn"] + " " + m["FunctionArn"].removesuffix(":$LATEST"), self.names), {
                "batch": m["BatchSize"], "window": m.get("MaximumBatchingWindowInSeconds", 0),
                "reports_failures": "ReportBatchItemFailures" in (m.get("FunctionResponseTypes") or []),
                "concurrency": (m.get("ScalingConfig") or {}).get("MaximumConcurrency", 0),
            }


def key(described):
    return [k["AttributeName"] + " " + k["KeyType"] for k in described["KeySchema"]]


def golden(path, cases):
    source = path.read_bytes()
    result = {
        "template": os.path.relpath(path, HERE),
        "sha256": hashlib.sha256(source).hexdigest(),
        "by": f"samtranslator {samtranslator.__version__}, moto {moto.__version__}",
        "cases": {},
    }
    for name, parameters in cases.items():
        with moto.mock_aws():
            stack = Stack(translate(source.decode(), parameters), parameters)
            result["cases"][name] = {
                "parameters": parameters,
                "resources": {i: stack.template["Resources"][i]["Type"] for i in stack.made},
                "model": stack.model(),
            }
    return json.dumps(result, indent=1, sort_keys=True) + "\n"


def main():
    stale = []
    for name, (path, cases) in CASES.items():
        file, new = HERE / f"{name}.json", golden(path, cases)
        if "--check" not in sys.argv[1:]:
            file.write_text(new)
        elif not file.exists() or json.loads(file.read_text())["cases"] != json.loads(new)["cases"]:
            stale.append(file.name)
    if stale:
        sys.exit(f"{', '.join(stale)}: not what the templates mean now; run {os.path.relpath(__file__)}")


if __name__ == "__main__":
    main()
