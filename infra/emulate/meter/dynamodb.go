package meter

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"spool/infra/emulate/awsjson"
)

// DynamoDB passes requests to the engine and counts them with their units. It stands behind iam's Guard.
//
// A function sees just what the engine answers. For a write the meter itself reads the item before and after, while no
// other write of that item passes. Reads are asked what they consumed; where the function did not ask that itself, it
// is taken out of the answer. Transactions and PartiQL are counted as requests only.
func (m *Meter) DynamoDB(u *url.URL) http.Handler {
	p := &proxy{meter: m, engine: newEngine(u)}
	return http.HandlerFunc(p.serve)
}

type proxy struct {
	meter  *Meter
	engine *engine
	locks  locks
}

func (p *proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := awsjson.Body(w, r)
	if err != nil {
		awsjson.WriteError(w, r, err)
		return
	}
	answer, err := p.counted(r, body)
	if err != nil {
		awsjson.WriteError(w, r, err)
		return
	}
	for _, name := range []string{"Content-Type", "X-Amzn-Requestid"} {
		if v := answer.header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.Header().Set("X-Amz-Crc32", awsjson.Checksum(answer.body))
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	w.Write(answer.body)
}

// counted performs a request and counts it. What has begun is finished, also when the function is killed meanwhile: so
// does DynamoDB.
func (p *proxy) counted(r *http.Request, body []byte) (reply, error) {
	p.meter.underWay.RLock()
	defer p.meter.underWay.RUnlock()
	answer, counts, err := p.do(context.WithoutCancel(r.Context()), awsjson.Operation(r), body)
	counts.Requests = 1
	p.meter.count(r, counts)
	return answer, err
}

// do performs an operation and tells its units.
func (p *proxy) do(ctx context.Context, operation string, body []byte) (reply, Counts, error) {
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "Scan":
		return p.read(ctx, operation, body)
	case "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem":
		return p.write(ctx, operation, body)
	case "CreateTable", "UpdateTable", "DeleteTable":
		defer p.engine.forget()
	}
	answer, err := p.engine.call(ctx, operation, body)
	return answer, Counts{}, err
}

// capacity is the part of an answer that tells what was consumed: an object, or a list of them for a batch.
type capacity []struct{ CapacityUnits float64 }

func (c *capacity) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		text = append(append([]byte{'['}, text...), ']')
	}
	return json.Unmarshal(text, (*[]struct{ CapacityUnits float64 })(c))
}

func (c capacity) total() float64 {
	sum := 0.0
	for _, one := range c {
		sum += one.CapacityUnits
	}
	return sum
}
