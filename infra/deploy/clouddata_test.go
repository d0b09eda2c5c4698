package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// table is one of DynamoDB's, as far as a deployment looks at it.
type table struct {
	Keys      []map[string]string
	Indexes   map[string][]map[string]string
	Protected bool
	Expires   bool
	BackedUp  bool
}

const arns = "arn:aws:%s:eu-west-1:123456789012:%s"

// arnOf is where the cloud keeps what the stack makes.
func (c *cloud) arnOf(id string) string {
	switch id {
	case tokenKey:
		return fmt.Sprintf(arns, "kms", "key/"+c.name+"-key")
	case mediaBucket:
		return "arn:aws:s3:::" + c.name + "-mediabucket"
	}
	return fmt.Sprintf(arns, "dynamodb", "table/"+c.name+"-"+id)
}

// given is the value of a parameter of the deployed stack.
func (c *cloud) given(name string) string {
	_, rest, _ := strings.Cut("\n"+c.deployed.parameters, "\n"+name+"=")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// outputs and parameters of the stack; one that was rolled back has no outputs.
func (c *cloud) outputs() string {
	if c.deployed.template == "" {
		return ""
	}
	outputs := "<member><OutputKey>ApiUrl</OutputKey><OutputValue>" + c.URL + "</OutputValue></member>"
	parameters := ""
	for _, id := range dataResources {
		name := parameterOf(id)
		arn := c.given(name)
		parameters += fmt.Sprintf("<member><ParameterKey>%s</ParameterKey><ParameterValue>%s</ParameterValue></member>", name, arn)
		if arn == "" {
			arn = c.arnOf(id)
		}
		outputs += fmt.Sprintf("<member><OutputKey>%s</OutputKey><OutputValue>%s</OutputValue></member>", name, arn)
	}
	return "<Outputs>" + outputs + "</Outputs><Parameters>" + parameters + "</Parameters>"
}

// makeData makes the tables and the bucket that are the stack's own.
func (c *cloud) makeData() {
	for _, id := range []string{postsTable, accountsTable} {
		if c.given(parameterOf(id)) != "" {
			continue
		}
		name := physicalName(c.arnOf(id))
		if c.tables[name] == nil {
			c.tables[name] = &table{Keys: spoolKeys, Indexes: maps.Clone(spoolIndexes[id]), Expires: true, BackedUp: true}
		}
		c.tables[name].Protected = c.given(protection) == "yes"
	}
	if bucket := physicalName(c.arnOf(mediaBucket)); c.given(parameterOf(mediaBucket)) == "" && c.objects[bucket] == nil {
		c.objects[bucket] = []byte{}
		c.objects[bucket+"/media/cat.png"] = []byte("a cat")
	}
}

func keys(hash, sort string) []map[string]string {
	return []map[string]string{
		{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"},
	}
}

var (
	spoolKeys    = keys("pk", "sk")
	spoolIndexes = map[string]map[string][]map[string]string{
		postsTable: {
			"due":  keys("due_shard", "due_at"),
			"list": keys("list_pk", "list_sk"),
			"find": keys("find_pk", "find_sk"),
		},
		accountsTable: {"expiring": keys("expiring_shard", "refresh_at"), "list": keys("list_pk", "list_sk")},
	}
)

// serveData is DynamoDB and KMS.
func (c *cloud) serveData(w http.ResponseWriter, r *http.Request) {
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in struct {
		TableName                   string
		DeletionProtectionEnabled   *bool
		GlobalSecondaryIndexUpdates []struct {
			Create struct {
				IndexName string
				KeySchema []map[string]string
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseData(w, "SerializationException", err.Error())
		return
	}
	switch action {
	case "DescribeKey":
		fmt.Fprintf(w, `{"KeyMetadata":{"KeyId":"key","KeyState":%q,"DeletionDate":1800000000}}`, c.keyState)
		return
	case "ScheduleKeyDeletion":
		c.requests, c.keyState = append(c.requests, action), "PendingDeletion"
		fmt.Fprint(w, `{}`)
		return
	}
	if action == "BatchGetItem" { // of a pause that was never stored
		fmt.Fprint(w, `{"Responses":{},"UnprocessedKeys":{}}`)
		return
	}
	t := c.tables[in.TableName]
	if t == nil {
		refuseData(w, "ResourceNotFoundException", "Requested resource not found")
		return
	}
	switch action {
	case "DescribeTable":
		c.describeTable(w, in.TableName, t)
		return
	case "DescribeTimeToLive":
		fmt.Fprintf(w, `{"TimeToLiveDescription":{"TimeToLiveStatus":%q}}`, map[bool]string{true: "ENABLED", false: "DISABLED"}[t.Expires])
		return
	case "UpdateTimeToLive":
		if t.Expires {
			refuseData(w, "ValidationException", "TimeToLive is already enabled")
			return
		}
		t.Expires = true
	case "UpdateContinuousBackups":
		t.BackedUp = true
	case "UpdateTable":
		if in.DeletionProtectionEnabled != nil {
			t.Protected = *in.DeletionProtectionEnabled
		}
		for _, u := range in.GlobalSecondaryIndexUpdates {
			t.Indexes[u.Create.IndexName] = u.Create.KeySchema
		}
	case "PutItem":
		c.paused = true
	case "DeleteTable":
		if t.Protected {
			refuseData(w, "ValidationException", "Resource cannot be deleted as it is currently protected against deletion.")
			return
		}
		delete(c.tables, in.TableName)
	}
	c.requests = append(c.requests, action)
	fmt.Fprint(w, `{}`)
}

func refuseData(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"__type":"x#%s","message":%q}`, code, message)
}

func (c *cloud) describeTable(w http.ResponseWriter, name string, t *table) {
	indexes := []map[string]any{}
	for _, index := range slices.Sorted(maps.Keys(t.Indexes)) {
		indexes = append(indexes, map[string]any{
			"IndexName": index, "KeySchema": t.Indexes[index], "IndexStatus": "ACTIVE",
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Table": map[string]any{
		"TableName": name, "TableStatus": "ACTIVE", "KeySchema": t.Keys, "GlobalSecondaryIndexes": indexes,
		"DeletionProtectionEnabled": t.Protected,
	}})
}

func (c *cloud) serveVersions(w http.ResponseWriter, bucket string) {
	fmt.Fprint(w, "<ListVersionsResult>")
	for path := range c.objects {
		if key, ok := strings.CutPrefix(path, bucket+"/"); ok {
			fmt.Fprintf(w, "<Version><Key>%s</Key><VersionId>null</VersionId></Version>", key)
		}
	}
	fmt.Fprint(w, "</ListVersionsResult>")
}

// serveDeletion deletes objects of a bucket.
func (c *cloud) serveDeletion(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Object []struct{ Key string }
	}
	if err := xml.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, o := range in.Object {
		delete(c.objects, strings.Trim(r.URL.Path, "/")+"/"+o.Key)
	}
	fmt.Fprint(w, "<DeleteResult></DeleteResult>")
}
