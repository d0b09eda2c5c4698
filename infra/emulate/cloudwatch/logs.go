package cloudwatch

import (
	"encoding/json"
	"time"
)

// document is a log line in the embedded metric format.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type document struct {
	AWS struct {
		Timestamp         int64 // Unix milliseconds
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name string }
		}
	} `json:"_aws"`
}

// Log takes a line of a log group: for metrics in the embedded format, and for the group's metric filters.
func (s *Server) Log(group string, line []byte) {
	var members map[string]any
	if json.Unmarshal(line, &members) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.filters {
		if f.Group == group && f.pattern(members) {
			s.put(s.Now(), []Datum{{f.Metric, f.Value}})
		}
	}
	var d document
	if members["_aws"] != nil && json.Unmarshal(line, &d) == nil {
		s.embedded(d, members)
	}
	s.notify()
}

// embedded stores the metrics of a document, under each of its sets of dimensions.
func (s *Server) embedded(d document, members map[string]any) {
	at := s.shifted(time.UnixMilli(d.AWS.Timestamp))
	for _, g := range d.AWS.CloudWatchMetrics {
		for _, names := range g.Dimensions {
			dimensions := map[string]string{}
			for _, name := range names {
				dimensions[name], _ = members[name].(string)
			}
			for _, m := range g.Metrics {
				for _, value := range numbers(members[m.Name]) {
					s.put(at, []Datum{{Metric{g.Namespace, m.Name, dimensions}, value}})
				}
			}
		}
	}
}

// numbers are those of a member: one, or a list of them.
func numbers(member any) (all []float64) {
	switch v := member.(type) {
	case float64:
		return []float64{v}
	case []any:
		for _, x := range v {
			if n, ok := x.(float64); ok {
				all = append(all, n)
			}
		}
	}
	return all
}
