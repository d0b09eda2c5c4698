package app

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"spool/shared/health"
)

// alarms gives the deployment's alarms: those that tell its topic. Their names begin with the stack's, as the names of
// another stage's may, too.
func (b *base) alarms() func(context.Context) ([]health.Alarm, error) {
	client := cloudwatch.NewFromConfig(b.aws, func(o *cloudwatch.Options) {
		o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) // as with the other services
	})
	topic, prefix := b.env.text("SPOOL_ALARM_TOPIC"), b.env.text("SPOOL_STACK")+"-"
	return func(ctx context.Context) ([]health.Alarm, error) {
		var all []health.Alarm
		pages := cloudwatch.NewDescribeAlarmsPaginator(client, &cloudwatch.DescribeAlarmsInput{
			ActionPrefix: &topic, AlarmNamePrefix: &prefix, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, a := range page.MetricAlarms {
				all = append(all, health.Alarm{
					Name:  strings.TrimPrefix(aws.ToString(a.AlarmName), prefix),
					State: string(a.StateValue), Text: aws.ToString(a.AlarmDescription),
				})
			}
		}
		return all, nil
	}
}
