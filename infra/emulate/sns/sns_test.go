package sns_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/sns"
	"spool/shared/topic"
)

// What SNS takes, and what it does not, by its own client.
func TestPublish(t *testing.T) {
	server := &emulated.Server{}
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)
	client := sns.New(sns.Options{
		Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", ""),
		RetryMaxAttempts: 1,
	})
	arn := emulate.ARN("sns", "spool-AlarmTopic")
	mail := &topic.Topic{SNS: client, ARN: arn}
	if err := mail.Publish(t.Context(), "Spool: stopped", "a & b\nünïcode"); err != nil {
		t.Fatal(err)
	}
	got := server.Messages()
	if len(got) != 1 || got[0].Topic != arn || got[0].Subject != "Spool: stopped" || got[0].Body != "a & b\nünïcode" {
		t.Errorf("it has %+v", got)
	}
	for name, try := range map[string][2]string{
		"a subject that is no ASCII":    {"Spool: ü", "x"},
		"a subject of 100 characters":   {strings.Repeat("x", 100), "x"},
		"a subject of two lines":        {"a\nb", "x"},
		"no message":                    {"a", ""},
		"a message that is much longer": {"a", strings.Repeat("x", 300<<10)},
	} {
		if err := mail.Publish(t.Context(), try[0], try[1]); err == nil || !strings.Contains(err.Error(), "InvalidParameter") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&topic.Topic{SNS: client, ARN: "arn:aws:sns:eu-west-1:1:other"}).Publish(t.Context(), "a", "b"); err == nil {
		t.Error("a topic that there is not is taken")
	}
	if len(server.Messages()) != 1 {
		t.Errorf("it has %+v", server.Messages())
	}
	call, err := emulated.Inspect("", []byte("Action=Publish&TopicArn="+arn))
	if err != nil || call.Action != "sns:Publish" || call.Resources[0] != arn {
		t.Errorf("it asks for %+v, %v", call, err)
	}
}
