package cloudwatch

import (
	"net/http"
	"slices"
	"strings"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
)

// metricAlarm is an alarm on the wire.
type metricAlarm struct {
	AlarmName, AlarmArn, AlarmDescription, StateReason string
	StateValue                                         State
	AlarmActions                                       []string
	StateUpdatedTimestamp                              float64 // seconds
}

// Wire answers CloudWatch's requests of AWS JSON 1.0. It knows DescribeAlarms alone, all on one page.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func (s *Server) Wire() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { awsjson.Serve(w, r, s.operate) })
}

func (s *Server) operate(operation string, body []byte) (any, error) {
	if operation != "DescribeAlarms" {
		return nil, &awsjson.Error{Code: "UnknownOperationException", Message: operation}
	}
	var in struct{ AlarmNamePrefix, ActionPrefix string }
	if err := awsjson.Decode(body, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evaluate()
	found := []metricAlarm{}
	for _, a := range s.alarms {
		tells := slices.ContainsFunc(a.Actions, func(arn string) bool { return strings.HasPrefix(arn, in.ActionPrefix) })
		if !strings.HasPrefix(a.Name, in.AlarmNamePrefix) || in.ActionPrefix != "" && !tells {
			continue
		}
		found = append(found, metricAlarm{
			AlarmName: a.Name, AlarmArn: emulate.ARN("cloudwatch", "alarm:"+a.Name), AlarmDescription: a.Description,
			StateReason: a.reason, StateValue: a.state, AlarmActions: a.Actions,
			StateUpdatedTimestamp: float64(a.since.UnixMilli()) / 1000,
		})
	}
	return map[string]any{"MetricAlarms": found, "CompositeAlarms": []any{}}, nil
}
