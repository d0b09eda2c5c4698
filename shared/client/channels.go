package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"spool/shared/wire"
)

// channels is where the channels for notices are.
const channels = "/v1/channels"

// ListChannels gives the channels that notices go to.
func (c *Client) ListChannels(ctx context.Context) (l wire.ChannelList, err error) {
	return l, c.get(ctx, channels, nil, &l)
}

// CreateChannel makes a channel; of a webhook only this answer shows the secret. It is
// never repeated, so that the secret is not kept anywhere for a repetition.
func (c *Client) CreateChannel(ctx context.Context, in wire.ChannelInput) (made wire.Channel, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: channels, in: in, out: &made})
	return made, err
}

// EditChannel changes a channel. What is left out stays.
func (c *Client) EditChannel(ctx context.Context, id string, in wire.ChannelEdit) (changed wire.Channel, err error) {
	_, err = c.do(ctx, one(http.MethodPatch, channels, id, "").with(in, &changed))
	return changed, err
}

// DeleteChannel deletes a channel.
func (c *Client) DeleteChannel(ctx context.Context, id string) error {
	_, err := c.do(ctx, one(http.MethodDelete, channels, id, ""))
	return err
}

// RotateChannelSecret replaces a webhook's secret; only this answer shows it.
func (c *Client) RotateChannelSecret(ctx context.Context, id string) (changed wire.Channel, err error) {
	_, err = c.do(ctx, one(http.MethodPost, channels, id, "/rotate-secret").with(nil, &changed))
	return changed, err
}

// TestChannel sends a channel a test.
func (c *Client) TestChannel(ctx context.Context, id string) (d wire.Delivery, err error) {
	_, err = c.do(ctx, one(http.MethodPost, channels, id, "/test").with(nil, &d))
	return d, err
}

// ListDeliveries gives what was sent to a channel last, newest first.
func (c *Client) ListDeliveries(ctx context.Context, id string, limit int) (l wire.DeliveryList, err error) {
	at := one(http.MethodGet, channels, id, "/deliveries")
	return l, c.get(ctx, at.path, url.Values{"limit": {strconv.Itoa(limit)}}, &l)
}

// ReplayDelivery sends a channel a notice once more.
func (c *Client) ReplayDelivery(ctx context.Context, id, delivery string) (d wire.Delivery, err error) {
	letters := strings.NewReplacer("-", "", "_", "").Replace(delivery) // which its id has as well
	if bad := one(http.MethodPost, channels, letters, ""); bad.err != nil {
		return d, bad.err
	}
	_, err = c.do(ctx, one(http.MethodPost, channels, id, "/deliveries/"+delivery+"/replay").with(nil, &d))
	return d, err
}
