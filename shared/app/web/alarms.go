package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"spool/shared/health"
)

// describeAlarms is the operation, in AWS JSON 1.0. It is all that is asked of CloudWatch, and so is signed and sent
// here: the SDK's client would be ready before every start of the API, for half a millisecond and half a megabyte.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
const describeAlarms = "GraniteServiceVersion20100801.DescribeAlarms"

// Bounds of a request.
const (
	alarmsPatience = 5 * time.Second
	alarmsMost     = 4 << 20 // bytes of an answer, which has up to 100 alarms
)

// alarmsRequest and alarmsPage are its input and output, as far as they matter here.
type (
	alarmsRequest struct {
		ActionPrefix, AlarmNamePrefix string
		AlarmTypes                    []string
		NextToken                     string `json:",omitempty"`
	}
	alarmsPage struct {
		MetricAlarms []struct{ AlarmName, StateValue, AlarmDescription string }
		NextToken    string
	}
)

// alarms gives the deployment's alarms: those that tell its topic. Their names begin with the stack's, as the names of
// another stage's may, too.
func alarms(cfg aws.Config, stack, topic string) func(context.Context) ([]health.Alarm, error) {
	prefix := stack + "-"
	return func(ctx context.Context) ([]health.Alarm, error) {
		var all []health.Alarm
		in := alarmsRequest{ActionPrefix: topic, AlarmNamePrefix: prefix, AlarmTypes: []string{"MetricAlarm"}}
		for {
			page, err := askForAlarms(ctx, cfg, in)
			if err != nil {
				return nil, fmt.Errorf("describe alarms: %w", err)
			}
			for _, a := range page.MetricAlarms {
				name := strings.TrimPrefix(a.AlarmName, prefix)
				all = append(all, health.Alarm{Name: name, State: a.StateValue, Text: a.AlarmDescription})
			}
			if page.NextToken == "" {
				return all, nil
			}
			in.NextToken = page.NextToken
		}
	}
}

// askForAlarms asks for one page. What CloudWatch refuses with is a [smithy.APIError].
func askForAlarms(ctx context.Context, cfg aws.Config, in alarmsRequest) (page alarmsPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, alarmsPatience)
	defer cancel()
	r, err := signed(ctx, cfg, in)
	if err != nil {
		return page, err
	}
	response, err := cfg.HTTPClient.Do(r)
	if err != nil {
		return page, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, alarmsMost))
	if err != nil {
		return page, err
	}
	if response.StatusCode != http.StatusOK {
		return page, refusal(response, body)
	}
	return page, json.Unmarshal(body, &page)
}

// signed is the request, with the signature of the function's own credentials.
func signed(ctx context.Context, cfg aws.Config, in alarmsRequest) (*http.Request, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, monitoring(cfg.Region), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", describeAlarms)
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return r, v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "monitoring", cfg.Region,
		time.Now())
}

// monitoring is CloudWatch's address in a region.
func monitoring(region string) string {
	domain := "amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	return cmp.Or(os.Getenv("AWS_ENDPOINT_URL_CLOUDWATCH"), "https://monitoring."+region+"."+domain)
}

// refusal is what an answer that is none says.
func refusal(response *http.Response, body []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &said) // else its status is all that is known
	_, code, found := strings.Cut(said.Type, "#")
	if !found {
		code = said.Type
	}
	return &smithy.GenericAPIError{Code: cmp.Or(code, response.Status), Message: said.Message}
}
