// Package dynamo keeps Spool's records in two DynamoDB tables.
//
// Every record that changes carries a revision. A write states all that the record
// says, on the condition that the revision is still the one that was read, so all
// races end the same way: one writer wins, the others are told. A conditional
// write whose first answer was lost, and which the SDK tried again, reports a
// false conflict; it is recognised by the revision and the writer in the item.
//
// README.md tells how records are stored, and how that changes while old and new
// functions run side by side.
package dynamo

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/post"
)

// Every key of both tables is built in this file.
//
//	posts     post#ID     progress          one thread's progress; once deleted, that it was
//	          post#ID     content#000001    a version of its texts
//	          post#ID     body#000001#…     a part of one that one item cannot hold
//	          opening#ACCOUNT#OPENING POST  a post that begins so, or once did
//	          opening#ACCOUNT complete      no post is without such an item any more
//	          tweet#ID    owner             the post that a tweet of X's is of, where its record does not say
//	          media#ID    file              a file that was handed over for posts
//	          x#ID#DIGEST upload            what X has of a medium, for an account
//	          channel#ID  MOMENT-NOTICE     a notice on its way to a channel
//	          index       find              how far posts of older versions were put into the index
//	accounts  account#ID  account           an X account and its sealed pair
//	          account#ID  pause             a time in which it sends nothing
//	          app         credentials       the X app's sealed credentials
//	          app         pause             a time in which nothing is sent at all
//	          app         budgets           what X may charge in a month, and what is set aside
//	both      app         health#FUNCTION   what a function found when it looked at itself
//	          channel#ID  channel           somewhere that notices go
//	          key#ID      key               an API key's hash and what it may do
//	          session#ID  HASH              a browser that is signed in with the key
//	          flow#HASH   flow              an OAuth flow under way
//	          replay#HASH replay            a request that may be repeated, and its answer
const (
	attrPK, attrSK = "pk", "sk"

	indexDue          = "due"
	attrDueShard      = "due_shard"
	attrDueAt         = "due_at"
	indexExpiring     = "expiring"
	attrExpiring      = "expiring_shard"
	attrRefreshAt     = "refresh_at"
	indexList         = "list"
	attrListPK        = "list_pk"
	attrListSK        = "list_sk"
	indexFind         = "find"
	attrFindPK        = "find_pk"
	attrFindSK        = "find_sk"
	attrTTL           = "ttl"
	listAccounts      = "accounts"
	listKeys          = "keys"
	listChannels      = "channels"
	channelPrefix     = "channel#"
	deliveriesShard   = "notices" // of the due index
	apiKeyPrefix      = "key#"
	sessionPrefix     = "session#"
	flowPrefix        = "flow#"
	idempotencyPrefix = "replay#"
	progressSK        = "progress"
	postPrefix        = "post#"
	openingPrefix     = "opening#"
	ownerPrefix       = "tweet#"
	accountPrefix     = "account#"
	credentialsSK     = "credentials"
	pauseSK           = "pause"
	accountSK         = "account"
	appPK             = "app"
	mediaPrefix       = "media#"
	contentPrefix     = "content#"
	contentVersion    = contentPrefix + "%06d"
	// The parts come before the contents: the last two items of a partition are the
	// progress and the newest content.
	contentPart = "body#%06d#%s#%03d"
)

// Shards is over how many partitions the due index and the expiring index are
// spread: one takes 1,000 write units a second.
const Shards = 8

// key is the primary key of an item.
type key struct{ pk, sk string }

func progressKey(id string) key { return key{postPrefix + id, progressSK} }
func progressKeys(ids []string) []key {
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = progressKey(id)
	}
	return keys
}
func contentKey(id string, version int) key {
	return key{postPrefix + id, fmt.Sprintf(contentVersion, version)}
}

// partKey is of a part of a content, from 0, that a digest tells from another
// content's of the same number.
func partKey(id string, version int, digest string, n int) key {
	return key{postPrefix + id, fmt.Sprintf(contentPart, version, digest, n)}
}

// openingsPK is the partition of an account's posts that begin so.
func openingsPK(accountID, opening string) string { return openingPrefix + accountID + "#" + opening }
func openingKey(p post.Post, opening string) key  { return key{openingsPK(p.AccountID, opening), p.ID} }
func openingsKey(accountID string) key            { return key{openingPrefix + accountID, "complete"} }
func ownerKey(id string) key                      { return key{ownerPrefix + id, "owner"} }
func foundKey() key                               { return key{"index", indexFind} }
func fileKey(id string) key                       { return key{mediaPrefix + id, "file"} }
func accountKey(id string) key                    { return key{accountPrefix + id, accountSK} }
func appKey() key                                 { return key{appPK, credentialsSK} }
func budgetsKey() key                             { return key{appPK, "budgets"} }
func reportKey(function string) key               { return key{appPK, "health#" + function} }
func channelKey(id string) key                    { return key{channelPrefix + id, "channel"} }
func deliveryKey(channelID, id string) key        { return key{channelPrefix + channelID, id} }
func apiKeyKey(id string) key                     { return key{apiKeyPrefix + id, "key"} }
func flowKey(hash string) key                     { return key{flowPrefix + hash, "flow"} }
func idempotencyRecordKey(id string) key          { return key{idempotencyPrefix + id, "replay"} }
func sessionKey(keyID, hash string) key {
	return key{sessionPrefix + keyID, hash}
}

// uploadKey is of a medium, told by its digest, that X has for an account.
func uploadKey(accountID, digest string) key { return key{uploadsOf(accountID) + digest, "upload"} }
func uploadsOf(accountID string) string      { return "x#" + accountID + "#" }

// contentNumber is the version in the sort key of a content.
func contentNumber(sk string) (n int) {
	n, _ = strconv.Atoi(strings.TrimPrefix(sk, contentPrefix)) // no other key is built
	return n
}

// pauseKey is of an account's pause, or the app's when the id is empty.
func pauseKey(accountID string) key {
	if accountID == "" {
		return key{appPK, pauseSK}
	}
	return key{accountPrefix + accountID, pauseSK}
}

// attrs is the key as DynamoDB takes it.
func (k key) attrs() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{attrPK: str(k.pk), attrSK: str(k.sk)}
}

// postID is the id in a partition key of posts.
func postID(pk string) string { return strings.TrimPrefix(pk, postPrefix) }

// channelID is the id in a partition key of deliveries.
func channelID(pk string) string { return strings.TrimPrefix(pk, channelPrefix) }

// listedAt is a sort key of what is listed in the order in which it was made.
func listedAt(t time.Time, id string) string { return post.SortKeyAt(t) + "-" + id }

// shard spreads an id over an index's partitions.
func shard(prefix, id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return shardName(prefix, int(h.Sum32()%Shards))
}

func shardName(prefix string, n int) string { return prefix + "#" + strconv.Itoa(n) }
