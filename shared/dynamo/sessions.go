package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/access"
	"spool/shared/fault"
)

var _ access.Sessions = (*Accounts)(nil)

// PutSession implements [access.Sessions].
func (s *Accounts) PutSession(ctx context.Context, session access.Session) error {
	it, err := sessions.encode(sessionKey(session.KeyID, session.Hash), session)
	if err != nil {
		return err
	}
	return s.t.put(ctx, it)
}

// Session implements [access.SessionFinder].
func (s *Accounts) Session(ctx context.Context, keyID, hash string) (access.Session, error) {
	it, err := s.t.get(ctx, sessionKey(keyID, hash))
	if err != nil {
		return access.Session{}, err
	}
	if it == nil {
		return access.Session{}, fault.New(fault.NotFound, "There is no such session.")
	}
	return sessions.decode(it)
}

// sessions is the kind of a browser that is signed in.
var sessions = kind[access.Session]{name: "session", version: 2, fields: func(f *form, s *access.Session) {
	id(f, sessionPrefix, &s.KeyID)
	if !f.writing {
		s.Hash = f.s(attrSK)
	}
	text(f, "seal", &s.Seal)
	moment(f, "created", &s.CreatedAt)
	moment(f, "expires", &s.ExpiresAt)
	moment(f, "used", &s.UsedAt)
	expiry(f, s.ExpiresAt)
}}

// TouchSession implements [access.SessionFinder].
func (s *Accounts) TouchSession(ctx context.Context, keyID, hash string, at time.Time) error {
	return s.t.touch(ctx, sessionKey(keyID, hash), at)
}

// DropSession implements [access.Sessions].
func (s *Accounts) DropSession(ctx context.Context, keyID, hash string) error {
	return s.t.drop(ctx, sessionKey(keyID, hash))
}

// DropSessions implements [access.Sessions].
func (s *Accounts) DropSessions(ctx context.Context, keyID string) error {
	return s.t.clear(ctx, sessionKey(keyID, "").pk, "")
}

// touch notes when what has a key was used, if it is still there.
func (t table) touch(ctx context.Context, k key, at time.Time) error {
	_, err := t.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &t.name, Key: k.attrs(),
		UpdateExpression: aws.String("SET used = :at"), ConditionExpression: aws.String("attribute_exists(pk)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":at": num(at.UnixMilli())},
	})
	if _, gone := errors.AsType[*types.ConditionalCheckFailedException](err); gone || err == nil {
		return nil
	}
	return fmt.Errorf("note a use: %w", err)
}
