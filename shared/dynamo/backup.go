package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// BackedUp reports whether the table of accounts can be restored to any point in time.
func (s *Accounts) BackedUp(ctx context.Context) (bool, error) { return s.t.backedUp(ctx) }

// BackedUp reports whether the table of posts can be restored to any point in time.
func (s *Posts) BackedUp(ctx context.Context) (bool, error) { return s.t.backedUp(ctx) }

func (t table) backedUp(ctx context.Context) (bool, error) {
	out, err := t.db.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &t.name})
	if err != nil {
		return false, fmt.Errorf("describe the backups: %w", err)
	}
	d := out.ContinuousBackupsDescription
	return d != nil && d.PointInTimeRecoveryDescription != nil &&
		d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled, nil
}
