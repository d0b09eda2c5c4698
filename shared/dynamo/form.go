package dynamo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/fault"
)

const (
	attrVersion = "v"      // of the format that the item was written in last; absent: 1
	attrReader  = "reader" // the least version whose readers understand the item; absent: 1
)

// kind is a kind of item. Its fields are described once, for both directions: so an
// attribute cannot have one name where it is written and another where it is read.
// README.md says how a format changes.
type kind[T any] struct {
	name    string
	version int // of the format that is written, and the newest that is understood
	fields  func(*form, *T)
	// needs is the least version whose readers understand a record; nil: 1.
	needs func(T) int
}

// record is a record as it is written.
type record struct {
	item
	names []string // all attributes that the record can have, without its key
}

// encode gives a record as it is stored under a key.
func (k kind[T]) encode(at key, v T) (record, error) {
	f := &form{item: newItem(at), writing: true}
	version, reader := k.version, 0
	if k.needs != nil && k.needs(v) > 1 {
		reader = k.needs(v)
	}
	count(f, attrVersion, &version)
	count(f, attrReader, &reader)
	k.fields(f, &v)
	return record{f.item, f.names}, f.err
}

// decode reads an item. One that takes a newer reader is a fault of code Newer.
func (k kind[T]) decode(it item) (v T, err error) {
	if least := it.n(attrReader); least > int64(k.version) {
		return v, newer(fmt.Errorf("%s %s takes a reader of format %d; this one knows %d", k.name, it.s(attrPK), least,
			k.version))
	}
	f := &form{item: it}
	k.fields(f, &v)
	if errors.Is(f.err, errUnknown) {
		return v, newer(fmt.Errorf("%s %s: %w", k.name, it.s(attrPK), f.err))
	}
	if f.err != nil {
		return v, fmt.Errorf("%s %s: %w", k.name, it.s(attrPK), f.err)
	}
	return v, nil
}

// newer is the fault of an item that this version does not understand.
func newer(why error) error {
	return fault.New(fault.Newer, "A newer version of Spool stored this than the one that reads it.").
		Todo("Nothing is lost. Try again in a minute; if it happens again, deploy the newest version.").After(time.Minute).
		Because(why)
}

// update is the record as a change of what is stored: its attributes are set, those
// that it can have and has not are removed, and all others stay.
func (r record) update() *dynamodb.UpdateItemInput {
	var set, remove []string
	names, values := map[string]string{}, map[string]types.AttributeValue{}
	for i, name := range r.names {
		n := strconv.Itoa(i)
		names["#"+n] = name
		if v, ok := r.item[name]; ok {
			set, values[":"+n] = append(set, "#"+n+" = :"+n), v
		} else {
			remove = append(remove, "#"+n)
		}
	}
	change := "SET " + strings.Join(set, ", ") // of the version at least
	if len(remove) > 0 {
		change += " REMOVE " + strings.Join(remove, ", ")
	}
	return &dynamodb.UpdateItemInput{
		UpdateExpression: aws.String(change), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}
}

// form is an item that a record is being written to, or read from. The functions
// below go over one attribute each. What is zero is left out: items stay small.
type form struct {
	item
	writing bool
	names   []string // of the attributes that were gone over
	err     error    // the first
}

// fail notes what is wrong with an attribute.
func (f *form) fail(name string, why error) {
	if f.err == nil {
		f.err = fmt.Errorf("attribute %s: %w", name, why)
	}
}

// attribute is where an attribute is written or read: set gives it, nil for none;
// get takes it, and is not called where there is none.
func attribute[A types.AttributeValue](f *form, name string, set func() types.AttributeValue, get func(A)) {
	f.names = append(f.names, name)
	if f.writing {
		if v := set(); v != nil {
			f.item[name] = v
		}
		return
	}
	switch v := f.item[name].(type) {
	case nil:
	case A:
		get(v)
	default:
		f.fail(name, fmt.Errorf("it is a %T", v))
	}
}

// derived is an attribute for DynamoDB's own use, which follows from others.
func derived(f *form, name string, v types.AttributeValue) {
	attribute(f, name, func() types.AttributeValue { return v }, func(types.AttributeValue) {})
}

// id is the part of the partition key behind its prefix.
func id(f *form, prefix string, v *string) {
	if !f.writing {
		*v = strings.TrimPrefix(f.s(attrPK), prefix)
	}
}

func text[S ~string](f *form, name string, v *S) {
	attribute(f, name, func() types.AttributeValue {
		if *v == "" {
			return nil
		}
		return str(string(*v))
	}, func(a *types.AttributeValueMemberS) { *v = S(a.Value) })
}

func texts[S ~string](f *form, name string, v *[]S) {
	list(f, name, v, func(s S) types.AttributeValue {
		return str(string(s))
	}, func(a *types.AttributeValueMemberS) S { return S(a.Value) })
}

// list is a list whose elements are all of one type.
func list[E any, A types.AttributeValue](f *form, name string, v *[]E, set func(E) types.AttributeValue,
	get func(A) E) {
	attribute(f, name, func() types.AttributeValue {
		if len(*v) == 0 {
			return nil
		}
		l := make([]types.AttributeValue, len(*v))
		for i, e := range *v {
			l[i] = set(e)
		}
		return &types.AttributeValueMemberL{Value: l}
	}, func(a *types.AttributeValueMemberL) {
		*v = nil
		for _, e := range a.Value {
			element, ok := e.(A)
			if !ok {
				f.fail(name, fmt.Errorf("an element is a %T", e))
				return
			}
			*v = append(*v, get(element))
		}
	})
}

func count[N ~int | ~int64](f *form, name string, v *N) {
	attribute(f, name, func() types.AttributeValue {
		if *v == 0 {
			return nil
		}
		return num(int64(*v))
	}, func(a *types.AttributeValueMemberN) { *v = N(f.number(name, a)) })
}

// told is a number of which zero says something, too.
func told[N ~int | ~int64](f *form, name string, v *N) {
	attribute(f, name, func() types.AttributeValue { return num(int64(*v)) },
		func(a *types.AttributeValueMemberN) { *v = N(f.number(name, a)) })
}

func counts(f *form, name string, v *[]int64) {
	list(f, name, v, num, func(a *types.AttributeValueMemberN) int64 { return f.number(name, a) })
}

// number reads a number.
func (f *form) number(name string, a *types.AttributeValueMemberN) int64 {
	n, err := strconv.ParseInt(a.Value, 10, 64)
	if err != nil {
		f.fail(name, err)
	}
	return n
}

// moment is a time as milliseconds since 1970.
func moment(f *form, name string, v *time.Time) {
	var ms int64
	if !v.IsZero() {
		ms = v.UnixMilli()
	}
	count(f, name, &ms)
	if !f.writing && ms != 0 {
		*v = time.UnixMilli(ms).UTC()
	}
}

// span is a duration in milliseconds.
func span(f *form, name string, v *time.Duration) {
	ms := v.Milliseconds()
	count(f, name, &ms)
	if !f.writing {
		*v = time.Duration(ms) * time.Millisecond
	}
}

// expiry has DynamoDB delete the item some time after a moment, unless that is zero.
func expiry(f *form, at time.Time) {
	if at.IsZero() {
		derived(f, attrTTL, nil)
		return
	}
	derived(f, attrTTL, num(at.Unix()))
}

func boolean(f *form, name string, v *bool) {
	attribute(f, name, func() types.AttributeValue {
		if !*v {
			return nil
		}
		return &types.AttributeValueMemberBOOL{Value: true}
	}, func(a *types.AttributeValueMemberBOOL) { *v = a.Value })
}

func blob(f *form, name string, v *[]byte) {
	attribute(f, name, func() types.AttributeValue {
		if len(*v) == 0 {
			return nil
		}
		return &types.AttributeValueMemberB{Value: *v}
	}, func(a *types.AttributeValueMemberB) { *v = a.Value })
}

// reason is a map of its own.
func reason(f *form, name string, v *fault.Reason) {
	fields := func(m *form) {
		text(m, "code", &v.Code)
		text(m, "sentence", &v.Sentence)
		text(m, "todo", &v.Todo)
		text(m, "detail", &v.Detail)
		text(m, "transaction", &v.Transaction)
	}
	attribute(f, name, func() types.AttributeValue {
		m := &form{item: item{}, writing: true}
		fields(m)
		return &types.AttributeValueMemberM{Value: m.item}
	}, func(a *types.AttributeValueMemberM) {
		m := &form{item: a.Value}
		fields(m)
		if m.err != nil {
			f.fail(name, m.err)
		}
	})
}

// optional is a part that a record may lack. The attribute of a name, which the
// part always has, tells.
func optional[T any](f *form, name string, v **T, fields func(*form, *T)) {
	if f.writing && *v == nil { // only the names count
		none := &form{item: item{}, writing: true}
		fields(none, new(T))
		f.names = append(f.names, none.names...)
		return
	}
	if !f.writing && f.item[name] == nil {
		*v = nil
		return
	}
	if *v == nil {
		*v = new(T)
	}
	fields(f, *v)
}

// document is a value as JSON.
func document[T any](f *form, name string, v *T) {
	var s string
	if f.writing {
		raw, err := toJSON(*v)
		if err != nil {
			f.fail(name, err)
		}
		if s = string(raw); s == "null" {
			s = ""
		}
	}
	text(f, name, &s)
	if !f.writing && s != "" {
		if err := fromJSON([]byte(s), v); err != nil {
			f.fail(name, err)
		}
	}
}

// toJSON writes JSON without escaping what is special in HTML.
func toJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// errUnknown is of JSON with a member that this version does not know.
var errUnknown = errors.New("it has a member that is not known")

// fromJSON reads JSON all of whose members must be known: a tweet without what a
// newer version gave it is another tweet.
func fromJSON[T any](raw []byte, v *T) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	strict := d.Decode(v)
	if strict != nil && json.Unmarshal(raw, new(T)) == nil {
		return errors.Join(errUnknown, strict)
	}
	return strict
}
