package dynamodb

import (
	"net/http"
	"sync"

	"spool/infra/emulate/awsjson"
)

// Backups answers what the engine cannot: whether a table has point-in-time recovery. Its zero value knows no table. It
// is safe for concurrent use.
type Backups struct {
	mu sync.Mutex
	on map[string]bool // by table
}

// Set turns a table's recovery on or off.
func (b *Backups) Set(table string, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.on == nil {
		b.on = map[string]bool{}
	}
	b.on[table] = on
}

// Handler answers DescribeContinuousBackups, and passes on to next what else there is.
func (b *Backups) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if awsjson.Operation(r) == "DescribeContinuousBackups" {
			awsjson.Serve(w, r, b.describe)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// describe is DynamoDB's answer.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
func (b *Backups) describe(_ string, body []byte) (any, error) {
	var in struct{ TableName string }
	if err := awsjson.Decode(body, &in); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	on, ok := b.on[in.TableName]
	if !ok {
		return nil, &awsjson.Error{Code: "TableNotFoundException", Message: "Table not found: " + in.TableName}
	}
	status := map[bool]string{true: "ENABLED", false: "DISABLED"}[on]
	return map[string]any{"ContinuousBackupsDescription": map[string]any{
		"ContinuousBackupsStatus":        "ENABLED",
		"PointInTimeRecoveryDescription": map[string]any{"PointInTimeRecoveryStatus": status},
	}}, nil
}
