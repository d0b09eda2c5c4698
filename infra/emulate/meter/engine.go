package meter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"spool/infra/emulate"
)

const (
	maxAnswer = 32 << 20 // bytes; a BatchGetItem answers with 16 MB of items, here in JSON
	// idleTime is less than Node.js keeps an idle connection (5 s), so that none breaks just as a request goes out.
	idleTime = 2 * time.Second
)

// engine speaks to the DynamoDB behind the meter.
type engine struct {
	url    string
	client *http.Client

	mu      sync.Mutex
	schemas map[string]schema // by the table's name
}

func newEngine(u *url.URL) *engine {
	transport := &http.Transport{IdleConnTimeout: idleTime, MaxIdleConnsPerHost: 64}
	return &engine{url: u.String(), client: &http.Client{Transport: transport}, schemas: map[string]schema{}}
}

// reply is an answer of the engine's.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) ok() bool { return r.status == http.StatusOK }

// call performs an operation. Its request carries a signature in form only, with one access key for everybody.
func (e *engine) call(ctx context.Context, operation string, body []byte) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("meter: %w", err)
	}
	now := time.Now().UTC()
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Header.Set("X-Amz-Date", now.Format("20060102T150405Z"))
	r.Header.Set("Authorization",
		fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s/%s/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=%064d",
			emulate.AccessKeyID, now.Format("20060102"), emulate.Region, 0))
	resp, err := e.client.Do(r)
	if err != nil {
		return reply{}, fmt.Errorf("meter: the DynamoDB engine: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return reply{}, fmt.Errorf("meter: the DynamoDB engine: %w", err)
	}
	return reply{resp.StatusCode, resp.Header, answer}, nil
}

// ask performs an operation of the meter's own and reads its answer into out. It reports whether there was one.
func (e *engine) ask(ctx context.Context, operation string, in, out any) bool {
	body, err := json.Marshal(in)
	if err != nil {
		return false
	}
	r, err := e.call(ctx, operation, body)
	return err == nil && r.ok() && json.Unmarshal(r.body, out) == nil
}

// schema describes the table, asking the engine the first time.
func (e *engine) schema(ctx context.Context, table string) (schema, bool) {
	e.mu.Lock()
	s, ok := e.schemas[table]
	e.mu.Unlock()
	if ok {
		return s, true
	}
	var d tableDescription
	if !e.ask(ctx, "DescribeTable", map[string]string{"TableName": table}, &d) {
		return schema{}, false
	}
	s = d.schema()
	e.mu.Lock()
	e.schemas[table] = s
	e.mu.Unlock()
	return s, true
}

// forget lets schema ask again, after a table may have changed.
func (e *engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.schemas)
}

// get reads an item as it is now; nil is none.
func (e *engine) get(ctx context.Context, table string, key json.RawMessage) (item, bool) {
	in := map[string]any{"TableName": table, "Key": key, "ConsistentRead": true}
	var out struct{ Item item }
	ok := e.ask(ctx, "GetItem", in, &out)
	return out.Item, ok
}
