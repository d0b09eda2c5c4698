package httpapi

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/access"
	"spool/shared/gateway"
	"spool/shared/notify"
	"spool/shared/wire"
)

type (
	channelInput struct {
		Keyed
		originInput
		Body wire.ChannelInput
	}
	channelEdit struct {
		ID string `path:"id"`
		originInput
		Body wire.ChannelEdit
	}
	channelByID struct {
		ID string `path:"id"`
	}
	keyedChannel struct {
		ID string `path:"id"`
		Keyed
	}
	deliveriesInput struct {
		ID     string `path:"id"`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many at most"`
		Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before"`
	}
	deliveryByID struct {
		ID       string `path:"id"`
		Delivery string `path:"delivery" maxLength:"200"`
		Keyed
	}
	channelOutput    struct{ Body wire.Channel }
	channelsOutput   struct{ Body wire.ChannelList }
	deliveryOutput   struct{ Body wire.Delivery }
	deliveriesOutput struct{ Body wire.DeliveryList }
)

// channelRoutes registers the operations on channels for notices.
func (a *API) channelRoutes(r *routes) {
	const at = "/v1/channels"
	register(a, r, operation(http.MethodGet, at, "list-channels", "List the channels that notices go to",
		access.Admin), a.listChannels)
	create := operation(http.MethodPost, at, "create-channel", "Make a channel for notices", access.Admin)
	create.DefaultStatus = http.StatusCreated
	register(a, r, create, repeatably(a, create.OperationID, keyLife, func(in *channelInput) any {
		return in.Body
	}, a.createChannel))
	register(a, r, operation(http.MethodGet, at+"/{id}", "get-channel", "Read a channel", access.Admin), a.getChannel)
	register(a, r, operation(http.MethodPatch, at+"/{id}", "edit-channel", "Change a channel, or turn it on or off",
		access.Admin), a.editChannel)
	remove := operation(http.MethodDelete, at+"/{id}", "delete-channel", "Delete a channel", access.Admin)
	remove.DefaultStatus = http.StatusNoContent
	register(a, r, remove, a.deleteChannel)
	rotate := operation(http.MethodPost, at+"/{id}/rotate-secret", "rotate-channel-secret",
		"Replace a webhook's secret; the answer shows the new one once", access.Admin)
	register(a, r, rotate, repeatably(a, rotate.OperationID, keyLife, func(in *keyedChannel) any {
		return in.ID
	}, a.rotateChannelSecret))
	test := operation(http.MethodPost, at+"/{id}/test", "test-channel", "Send a channel a test", access.Admin)
	test.DefaultStatus = http.StatusAccepted
	register(a, r, test, repeatably(a, test.OperationID, keyLife, func(in *keyedChannel) any {
		return in.ID
	}, a.testChannel))
	register(a, r, operation(http.MethodGet, at+"/{id}/deliveries", "list-deliveries",
		"List what was sent to a channel, newest first", access.Admin), a.listDeliveries)
	replay := operation(http.MethodPost, at+"/{id}/deliveries/{delivery}/replay", "replay-delivery",
		"Send a channel a notice once more", access.Admin)
	replay.DefaultStatus = http.StatusAccepted
	register(a, r, replay, repeatably(a, replay.OperationID, keyLife, func(in *deliveryByID) any {
		return []string{in.ID, in.Delivery}
	}, a.replayDelivery))
}

// noticeWebhook is what a channel of kind webhook is sent, for the document.
func noticeWebhook(doc *huma.OpenAPI) {
	text := &huma.Schema{Type: huma.TypeString}
	header := func(name, about string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: about, Schema: text}
	}
	doc.Webhooks = map[string]*huma.PathItem{"notice": {Post: &huma.Operation{
		OperationID: "notice", Summary: "Something happened", Description: "Sent to channels of kind webhook.",
		Security: []map[string][]string{},
		Parameters: []*huma.Param{
			header("webhook-id", "The same for every attempt"),
			header("webhook-timestamp", "Of the attempt, in seconds since 1970"),
			header("webhook-signature", "v1, and the signature in base64; two of them with a space between for a day after the secret was replaced"),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[wire.Notice](), true, "Notice")},
		}},
		Responses: map[string]*huma.Response{"2XX": {Description: "The receiver has it"}},
	}}}
}

func (a *API) listChannels(ctx context.Context, _ *struct{}) (*channelsOutput, error) {
	all, err := a.Channels.All(ctx)
	if err != nil {
		return nil, err
	}
	out := &channelsOutput{}
	out.Body.Channels = []wire.Channel{}
	for _, c := range all {
		out.Body.Channels = append(out.Body.Channels, channelView(c))
	}
	return out, nil
}

func (a *API) createChannel(ctx context.Context, in *channelInput) (*channelOutput, error) {
	b := in.Body
	c, key, err := a.Channels.Create(ctx, notify.ChannelKind(b.Kind), notify.Settings{
		Name: &b.Name, URL: given(b.URL), Kinds: &b.Events, Accounts: &b.Accounts, Digest: digestOf(b.Digest),
		Site: gateway.Origin(in.request, a.Domain),
	})
	if err != nil {
		return nil, err
	}
	out := channelView(c)
	out.Secret = key
	return &channelOutput{out}, nil
}

// given is a text, unless it is left out.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// digestOf is when a digest is wanted; nil where nothing is said of it.
func digestOf(d *wire.Digest) *notify.Digest {
	if d == nil {
		return nil
	}
	return &notify.Digest{Hour: d.Hour, Zone: d.Zone}
}

func (a *API) getChannel(ctx context.Context, in *channelByID) (*channelOutput, error) {
	c, err := a.Channels.One(ctx, in.ID)
	return &channelOutput{channelView(c)}, err
}

func (a *API) editChannel(ctx context.Context, in *channelEdit) (*channelOutput, error) {
	b := in.Body
	c, err := a.Channels.Change(ctx, in.ID, notify.Settings{
		Name: b.Name, URL: b.URL, Kinds: b.Events, Accounts: b.Accounts, Digest: digestOf(b.Digest), On: b.On,
		Site: gateway.Origin(in.request, a.Domain),
	})
	return &channelOutput{channelView(c)}, err
}

func (a *API) deleteChannel(ctx context.Context, in *channelByID) (*struct{}, error) {
	return nil, a.Channels.Delete(ctx, in.ID)
}

func (a *API) rotateChannelSecret(ctx context.Context, in *keyedChannel) (*channelOutput, error) {
	c, key, err := a.Channels.Rotate(ctx, in.ID)
	out := channelView(c)
	out.Secret = key
	return &channelOutput{out}, err
}

func (a *API) testChannel(ctx context.Context, in *keyedChannel) (*deliveryOutput, error) {
	d, n, err := a.Channels.Test(ctx, in.ID)
	return &deliveryOutput{deliveryView(d, n)}, err
}

func (a *API) listDeliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	all, notices, err := a.Channels.History(ctx, in.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	out.Body.Deliveries = []wire.Delivery{}
	for i, d := range all {
		out.Body.Deliveries = append(out.Body.Deliveries, deliveryView(d, notices[i]))
	}
	if len(all) == in.Limit {
		out.Body.NextCursor = all[len(all)-1].ID
	}
	return out, nil
}

func (a *API) replayDelivery(ctx context.Context, in *deliveryByID) (*deliveryOutput, error) {
	d, n, err := a.Channels.Replay(ctx, in.ID, in.Delivery)
	return &deliveryOutput{deliveryView(d, n)}, err
}

// channelView shows a channel.
func channelView(c notify.Channel) wire.Channel {
	v := wire.Channel{
		ID: c.ID, Name: c.Name, Kind: string(c.Kind), Address: c.Shown, Events: c.Kinds, Accounts: c.Accounts,
		State: string(c.State), FailingSince: optional(c.FailingSince), CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
	if c.Digest.Zone != "" {
		v.Digest = &wire.Digest{Hour: c.Digest.Hour, Zone: c.Digest.Zone}
	}
	if c.Reason != nil {
		v.Reason = &wire.Reason{
			Code: c.Reason.Code, Sentence: c.Reason.Sentence, Todo: c.Reason.Todo, TodoCode: c.Reason.TodoCode(),
		}
	}
	return v
}

// deliveryView shows a delivery, and what it says.
func deliveryView(d notify.Delivery, n notify.Notice) wire.Delivery {
	v := wire.Delivery{
		ID: d.ID, NoticeID: d.NoticeID, Type: d.Kind, Title: n.Data.Title, State: string(d.State),
		CreatedAt: d.CreatedAt, NextAt: optional(d.Due), Attempts: []wire.Attempt{},
	}
	for _, t := range d.Attempts {
		v.Attempts = append(v.Attempts, wire.Attempt{
			At: t.At, StatusCode: t.Code, Milliseconds: t.Took.Milliseconds(), Error: t.Error,
		})
	}
	return v
}
