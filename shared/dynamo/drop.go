package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/retain"
)

var _ retain.Accounts = (*Accounts)(nil)

// DropAccount implements [retain.Accounts]. The account itself goes last: a call that is repeated completes what one
// that was interrupted left.
func (s *Accounts) DropAccount(ctx context.Context, accountID string) error {
	if err := s.dropBudget(ctx, accountID); err != nil {
		return err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.restrict(ctx, k, accountID); err != nil {
			return err
		}
	}
	if err := s.dropFromChannels(ctx, accountID); err != nil {
		return err
	}
	return s.t.clear(ctx, accountKey(accountID).pk, "")
}

func (s *Accounts) dropFromChannels(ctx context.Context, accountID string) error {
	all, err := s.Channels(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		for {
			restricted, drop := c.Without(accountID)
			if drop {
				err = s.t.drop(ctx, channelKey(c.ID))
			} else if len(restricted.Accounts) < len(c.Accounts) {
				restricted.Writer = account.NewWriter()
				_, err = s.SaveChannel(ctx, restricted)
			}
			if !fault.Is(err, fault.Conflict) {
				break
			}
			if c, err = s.Channel(ctx, c.ID); fault.Is(err, fault.NotFound) {
				err = nil
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Accounts) dropBudget(ctx context.Context, accountID string) error {
	for {
		b, err := s.Budgets(ctx)
		if err != nil || b.Rev == 0 {
			return err
		}
		b = b.Without(accountID)
		b.Writer = account.NewWriter()
		if err := s.SaveBudgets(ctx, b); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// restrict takes an account from a key, if it is there still and for that account.
func (s *Accounts) restrict(ctx context.Context, k access.Key, accountID string) error {
	restricted, revoke := k.Without(accountID)
	switch {
	case revoke:
		if err := s.DropSessions(ctx, k.ID); err != nil {
			return err
		}
		return s.t.drop(ctx, apiKeyKey(k.ID))
	case len(restricted.Accounts) == len(k.Accounts):
		return nil
	}
	r, err := apiKeys.encode(apiKeyKey(k.ID), restricted)
	if err != nil {
		return err
	}
	in := r.update()
	in.TableName, in.Key, in.ConditionExpression = &s.t.name, r.key().attrs(), aws.String("attribute_exists(pk)")
	_, err = s.t.db.UpdateItem(ctx, in)
	if _, gone := errors.AsType[*types.ConditionalCheckFailedException](err); gone || err == nil {
		return nil
	}
	return fmt.Errorf("restrict a key: %w", err)
}
