package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/fault"
	"spool/shared/notify"
)

var (
	_ notify.Channels   = (*Accounts)(nil)
	_ notify.Deliveries = (*Posts)(nil)
)

// Channels implements [notify.Channels].
func (s *Accounts) Channels(ctx context.Context) ([]notify.Channel, error) {
	page, _, err := s.t.page(ctx, &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexList), KeyConditionExpression: aws.String("list_pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(listChannels)}, Limit: aws.Int32(batchMost),
	}, true) // there are never more than a page
	if err != nil {
		return nil, err
	}
	all := make([]notify.Channel, len(page))
	for i, it := range page {
		if all[i], err = channels.decode(it); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Channel implements [notify.Channels].
func (s *Accounts) Channel(ctx context.Context, id string) (notify.Channel, error) {
	it, err := s.t.get(ctx, channelKey(id))
	if err != nil {
		return notify.Channel{}, err
	}
	if it == nil {
		return notify.Channel{}, fault.New(fault.NotFound, "There is no channel %.40q.", id).
			Todo("List the channels to find its id.")
	}
	return channels.decode(it)
}

// SaveChannel implements [notify.Channels].
func (s *Accounts) SaveChannel(ctx context.Context, c notify.Channel) (notify.Channel, error) {
	old := c.Rev
	c.Rev++
	it, err := channels.encode(channelKey(c.ID), c)
	if err != nil {
		return c, err
	}
	return c, s.t.swap(ctx, it, old)
}

// DropChannel implements [notify.Channels].
func (s *Accounts) DropChannel(ctx context.Context, id string) error {
	err := s.t.remove(ctx, channelKey(id))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "There is no channel %.40q.", id).Todo("List the channels to find its id.")
	}
	return err
}

// channels is the kind of a channel for notices.
var channels = kind[notify.Channel]{name: "channel", version: 2, fields: func(f *form, c *notify.Channel) {
	id(f, channelPrefix, &c.ID)
	text(f, "name", &c.Name)
	text(f, "kind", &c.Kind)
	text(f, "shown", &c.Shown)
	blob(f, "sealed", &c.Sealed)
	texts(f, "kinds", &c.Kinds)
	texts(f, "accounts", &c.Accounts)
	text(f, "digest_zone", &c.Digest.Zone)
	count(f, "digest_hour", &c.Digest.Hour)
	moment(f, "digest_next", &c.Digest.Next)
	text(f, "site", &c.Site)
	text(f, "state", &c.State)
	optional(f, "reason", &c.Reason, func(f *form, r *fault.Reason) { reason(f, "reason", r) })
	moment(f, "failing", &c.FailingSince)
	moment(f, "turn", &c.Turn)
	outbox(f, &c.Events)
	moment(f, "created", &c.CreatedAt)
	moment(f, "updated", &c.UpdatedAt)
	count(f, "rev", &c.Rev)
	text(f, "writer", &c.Writer)
	derived(f, attrListPK, str(listChannels))
	derived(f, attrListSK, str(listedAt(c.CreatedAt, c.ID)))
}}

// Delivery implements [notify.Deliveries].
func (s *Posts) Delivery(ctx context.Context, channelID, id string) (notify.Delivery, error) {
	it, err := s.t.get(ctx, deliveryKey(channelID, id))
	if err != nil {
		return notify.Delivery{}, err
	}
	if it == nil {
		return notify.Delivery{}, fault.New(fault.NotFound, "There is no delivery %.80q.", id).
			Todo("List the channel's deliveries; they are kept for 30 days.")
	}
	return deliveries.decode(it)
}

// SaveDelivery implements [notify.Deliveries].
func (s *Posts) SaveDelivery(ctx context.Context, d notify.Delivery) (notify.Delivery, error) {
	old := d.Rev
	d.Rev++
	it, err := deliveries.encode(deliveryKey(d.ChannelID, d.ID), d)
	if err != nil {
		return d, err
	}
	return d, s.t.swap(ctx, it, old)
}

// Log implements [notify.Deliveries].
func (s *Posts) Log(ctx context.Context, channelID, before string, limit int) ([]notify.Delivery, error) {
	cond, values := "pk = :pk", map[string]types.AttributeValue{":pk": str(deliveryKey(channelID, "").pk)}
	if before != "" {
		cond, values[":before"] = cond+" AND sk < :before", str(before)
	}
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: &cond, ExpressionAttributeValues: values, ConsistentRead: aws.Bool(true),
	}
	var all []notify.Delivery
	for {
		out, err := s.t.db.Query(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, it := range out.Items {
			d, err := deliveries.decode(it)
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; out.LastEvaluatedKey == nil || len(all) == limit {
			return all, nil
		}
		in.Limit = aws.Int32(int32(limit - len(all)))
	}
}

// DueDeliveries implements [notify.Deliveries]. They have a shard of the due index of
// their own, so that no crowd of them holds a post up.
func (s *Posts) DueDeliveries(ctx context.Context, until time.Time, limit int) ([]notify.Address, error) {
	items, err := s.t.due(ctx, indexDue, attrDueShard, deliveriesShard, attrDueAt, until, limit)
	if err != nil {
		return nil, err
	}
	all := make([]notify.Address, len(items))
	for i, it := range items {
		all[i] = notify.Address{
			ChannelID: channelID(it.s(attrPK)), ID: it.s(attrSK), Due: fromMilliseconds(it.n(attrDueAt)),
		}
	}
	return all, nil
}

// DropDeliveries implements [notify.Deliveries].
func (s *Posts) DropDeliveries(ctx context.Context, channelID string) error {
	return s.t.clear(ctx, deliveryKey(channelID, "").pk, "")
}

// deliveries is the kind of a notice on its way to a channel.
var deliveries = kind[notify.Delivery]{name: "delivery", version: 1, fields: func(f *form, d *notify.Delivery) {
	id(f, channelPrefix, &d.ChannelID)
	if !f.writing {
		d.ID = f.s(attrSK)
	}
	text(f, "notice", &d.NoticeID)
	text(f, "kind", &d.Kind)
	text(f, "body", &d.Body)
	text(f, "state", &d.State)
	moment(f, attrDueAt, &d.Due)
	count(f, "tries", &d.Tries)
	moment(f, "since", &d.Since)
	attempts(f, &d.Attempts)
	moment(f, "created", &d.CreatedAt)
	moment(f, "expires", &d.Expires)
	expiry(f, d.Expires)
	count(f, "rev", &d.Rev)
	text(f, "writer", &d.Writer)
	if d.Due.IsZero() {
		derived(f, attrDueShard, nil)
	} else {
		derived(f, attrDueShard, str(deliveriesShard))
	}
}}

// storedAttempt is an attempt as it is stored, with times in milliseconds.
type storedAttempt struct {
	At    int64  `json:"t"`
	Code  int    `json:"c,omitempty"`
	Took  int64  `json:"d,omitempty"`
	Error string `json:"e,omitempty"`
}

// attempts goes over the requests that were made.
func attempts(f *form, all *[]notify.Attempt) {
	var stored []storedAttempt
	for _, a := range *all {
		stored = append(stored, storedAttempt{a.At.UnixMilli(), a.Code, a.Took.Milliseconds(), a.Error})
	}
	document(f, "attempts", &stored)
	*all = nil
	for _, a := range stored {
		*all = append(*all, notify.Attempt{
			At: fromMilliseconds(a.At), Code: a.Code, Took: time.Duration(a.Took) * time.Millisecond, Error: a.Error,
		})
	}
}
