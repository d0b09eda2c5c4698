package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"spool/shared/health"
)

// answered asks for the alarms of a CloudWatch.
func answered(t *testing.T, cloudWatch http.HandlerFunc) ([]health.Alarm, error) {
	t.Helper()
	server := httptest.NewServer(cloudWatch)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server.URL)
	cfg := aws.Config{
		Region: "eu-central-1", HTTPClient: server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "KEY", SecretAccessKey: "secret", SessionToken: "token"}, nil
		}),
	}
	return alarms(cfg, "spool", "arn:topic")(t.Context())
}

func TestAlarmsAreOfAllPages(t *testing.T) {
	got, err := answered(t, func(w http.ResponseWriter, r *http.Request) {
		var in alarmsRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		if who := r.Header.Get("Authorization"); !strings.Contains(who, "KEY/") ||
			!strings.Contains(who, "/eu-central-1/monitoring/aws4_request") || r.Header.Get("X-Amz-Security-Token") != "token" {
			t.Errorf("it is signed by %s", who)
		}
		if in.AlarmNamePrefix != "spool-" || in.ActionPrefix != "arn:topic" || r.Header.Get("X-Amz-Target") != describeAlarms {
			t.Errorf("%s is asked for %+v", r.Header.Get("X-Amz-Target"), in)
		}
		if in.NextToken == "" {
			w.Write([]byte(`{"MetricAlarms":[{"AlarmName":"spool-late","StateValue":"ALARM","AlarmDescription":"Late."}],"NextToken":"2"}`))
			return
		}
		w.Write([]byte(`{"MetricAlarms":[{"AlarmName":"spool-blocked","StateValue":"OK"}]}`))
	})
	want := []health.Alarm{{Name: "late", State: "ALARM", Text: "Late."}, {Name: "blocked", State: "OK"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestARefusalHasItsCode(t *testing.T) {
	for body, want := range map[string]string{
		`{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}`: "AccessDeniedException",
		`{"__type":"Throttling"}`: "Throttling",
		`<html>`:                  "403 Forbidden",
	} {
		_, err := answered(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(body))
		})
		refused, ok := errors.AsType[smithy.APIError](err)
		if !ok || refused.ErrorCode() != want {
			t.Errorf("%s is %v, want the code %s", body, err, want)
		}
	}
}
