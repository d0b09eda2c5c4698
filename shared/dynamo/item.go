package dynamo

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item as DynamoDB takes and gives it.
type item map[string]types.AttributeValue

func newItem(k key) item { return item(k.attrs()) }

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// s is a string of the item: empty where there is none.
func (i item) s(name string) string {
	v, _ := i[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

// n is a number of the item: zero where there is none.
func (i item) n(name string) int64 {
	v, _ := i[name].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64) // Spool writes integers only
	return n
}

// key is the item's primary key.
func (i item) key() key { return key{i.s(attrPK), i.s(attrSK)} }
