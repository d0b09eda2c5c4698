package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/stack/adminkey"
)

// cloud stands for an AWS account with one stack, and for the API that is deployed there. It refuses what
// CloudFormation refuses: to change a stack that is not there, to make one that is, and to do anything but delete one
// whose first deployment failed.
type cloud struct {
	*httptest.Server
	mu sync.Mutex

	name     string // of the stack
	status   string // empty: there is none
	next     string // what the status becomes when it has been asked for
	proposed proposal
	deployed proposal

	refuses string // why the next execution fails
	changes string // XML of what the next change set changes
	deaf    bool   // the API does not answer

	deleting func() // what happens while the stack is deleted

	stranger bool // the credentials are nobody's

	requests []string          // what was asked, by name
	objects  map[string][]byte // of S3, by path
	tables   map[string]*table // of DynamoDB, by name
	keyState string            // of the KMS key
	paused   bool              // something was put into a table
	tags     string            // of the stack
}

type proposal struct{ kind, template, parameters string }

func newCloud(t *testing.T) *cloud {
	c := &cloud{objects: map[string][]byte{}, tables: map[string]*table{}, keyState: "Enabled"}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	t.Setenv("AWS_ENDPOINT_URL", c.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_REGION", "eu-west-1")
	return c
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.URL.Path == "/v1/status":
		c.serveAPI(w, r)
	case r.Header.Get("X-Amz-Target") != "":
		c.serveData(w, r)
	case r.Method == http.MethodPost && r.URL.Path != "/":
		c.serveDeletion(w, r)
	case r.Method == http.MethodPost:
		c.serveQuery(w, r)
	default:
		c.serveS3(w, r)
	}
}

func (c *cloud) serveAPI(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if c.deaf || !strings.Contains(c.deployed.parameters, "AdminKeyHash="+adminkey.Hash(key)+"\n") {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (c *cloud) serveS3(w http.ResponseWriter, r *http.Request) {
	_, key, isObject := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	bucket := strings.TrimSuffix(strings.Trim(r.URL.Path, "/"), "/"+key)
	owned := r.Header.Get("X-Amz-Expected-Bucket-Owner") == "123456789012"
	_, found := c.objects[strings.Trim(r.URL.Path, "/")]
	switch {
	case r.Method == http.MethodPut && !isObject:
		c.requests = append(c.requests, "CreateBucket")
		c.objects[bucket] = nil
	case !owned:
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Query().Has("versions"):
		c.serveVersions(w, bucket)
	case r.Method == http.MethodDelete:
		c.requests = append(c.requests, "DeleteBucket")
		delete(c.objects, bucket)
	case r.Method == http.MethodPut:
		c.requests = append(c.requests, "PutObject")
		c.objects[bucket+"/"+key], _ = io.ReadAll(r.Body)
	case !found:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *cloud) serveQuery(w http.ResponseWriter, r *http.Request) {
	action := r.FormValue("Action")
	c.requests = append(c.requests, action)
	result := ""
	switch action {
	case "GetCallerIdentity":
		if c.stranger {
			refuse(w, "The security token included in the request is invalid")
			return
		}
		result = "<Account>123456789012</Account>"
	case "DescribeStacks":
		if c.status == "" && !strings.HasPrefix(r.FormValue("StackName"), "arn:") {
			refuse(w, "Stack with id "+r.FormValue("StackName")+" does not exist")
			return
		}
		result = c.describe()
	case "CreateChangeSet":
		if why := c.propose(r); why != "" {
			refuse(w, why)
			return
		}
		result = "<Id>arn:set</Id><StackId>" + c.id() + "</StackId>"
	case "DescribeChangeSet":
		if c.proposed.template == c.deployed.template && c.proposed.parameters == c.deployed.parameters {
			result = "<Status>FAILED</Status><StatusReason>The submitted information didn't contain changes. Submit " +
				"different information.</StatusReason>"
			break
		}
		result = "<Status>CREATE_COMPLETE</Status><Changes>" + c.changes + "</Changes>"
	case "ExecuteChangeSet":
		c.execute()
	case "DeleteStack":
		c.status, c.next = "DELETE_IN_PROGRESS", "DELETE_COMPLETE"
		if c.deleting != nil {
			c.deleting()
		}
	case "DescribeStackEvents":
		result = fmt.Sprintf(
			"<StackEvents><member><LogicalResourceId>ApiFunction</LogicalResourceId><ResourceStatus>CREATE_FAILED</ResourceStatus>"+
				"<ResourceStatusReason>%s</ResourceStatusReason><Timestamp>%s</Timestamp></member></StackEvents>",
			c.refuses,
			time.Now().UTC().Format(time.RFC3339),
		)
	}
	fmt.Fprintf(w, "<%sResponse><%sResult>%s</%sResult></%sResponse>", action, action, result, action, action)
}

func refuse(w http.ResponseWriter, why string) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(
		w,
		"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>%s</Message></Error></ErrorResponse>",
		why,
	)
}

func (c *cloud) id() string { return "arn:aws:cloudformation:x:123456789012:stack/" + c.name + "/1" }

// describe gives the stack; what is in progress is done the next time.
func (c *cloud) describe() string {
	is := fmt.Sprintf("<Stacks><member><StackId>%s</StackId><StackName>%s</StackName><StackStatus>%s</StackStatus>"+
		"%s</member></Stacks>", c.id(), c.name, c.status, c.outputs())
	if c.next != "" {
		c.status, c.next = c.next, ""
	} else if c.status == "DELETE_COMPLETE" {
		c.status = ""
	}
	return is
}

func (c *cloud) propose(r *http.Request) (refused string) {
	exists := c.status != "" && c.status != "REVIEW_IN_PROGRESS" && c.status != "DELETE_COMPLETE"
	p := proposal{kind: r.FormValue("ChangeSetType"), template: r.FormValue("TemplateURL")}
	switch {
	case strings.HasPrefix(c.status, "ROLLBACK_"):
		return "Stack is in ROLLBACK_COMPLETE state and can not be updated."
	case exists != (p.kind == "UPDATE"):
		return "Stack [" + r.FormValue("StackName") + "] already exists, or does not"
	case r.FormValue("Capabilities.member.1") != "CAPABILITY_IAM" ||
		r.FormValue("Capabilities.member.2") != "CAPABILITY_AUTO_EXPAND":
		return "Requires capabilities : [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]"
	}
	for i := 1; r.FormValue(fmt.Sprintf("Parameters.member.%d.ParameterKey", i)) != ""; i++ {
		at := fmt.Sprintf("Parameters.member.%d.Parameter", i)
		p.parameters += r.FormValue(at+"Key") + "=" + r.FormValue(at+"Value") + "\n"
	}
	c.tags = r.FormValue("Tags.member.1.Key") + "=" + r.FormValue("Tags.member.1.Value")
	c.name, c.proposed = r.FormValue("StackName"), p
	if !exists {
		c.status = "REVIEW_IN_PROGRESS"
	}
	return ""
}

func (c *cloud) execute() {
	verb, rolledBack := "CREATE", "ROLLBACK_COMPLETE"
	if c.proposed.kind == "UPDATE" {
		verb, rolledBack = "UPDATE", "UPDATE_ROLLBACK_COMPLETE"
	}
	c.status, c.next = verb+"_IN_PROGRESS", verb+"_COMPLETE"
	if c.refuses != "" {
		c.next = rolledBack
		return
	}
	c.deployed = c.proposed
	c.makeData()
}

// count is how often something was asked for.
func (c *cloud) count(request string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		if r == request {
			n++
		}
	}
	return n
}
