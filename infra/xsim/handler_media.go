package xsim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Sim) serveUpload(x *exchange) answer {
	m, now, limits, err := s.upload(x.bearer(), x.via, func() (UploadRequest, error) {
		fields, err := x.mediaForm("media", "media_category", "additional_owners")
		if err != nil {
			return UploadRequest{}, err
		}
		r := UploadRequest{Category: string(fields["media_category"]), Media: fields["media"]}
		if owners := string(fields["additional_owners"]); owners != "" {
			r.Owners = strings.Split(owners, ",")
		}
		return r, checkValues("$.media_category", categoryShape(), r.Category)
	})
	return s.medium(m, now, limits, err)
}

func (s *Sim) serveInitialize(x *exchange) answer {
	m, now, limits, err := s.initialize(x.bearer(), x.via, func() (r InitializeRequest, err error) {
		return r, x.decode(initializeShape(), &r)
	})
	return s.medium(m, now, limits, err)
}

func (s *Sim) serveAppend(x *exchange) answer {
	m, limits, err := s.append(x.bearer(), x.PathValue("id"), x.via, func() (segment, error) {
		fields, err := x.mediaForm("media", "segment_index")
		if err != nil {
			return segment{}, err
		}
		if len(fields["media"]) == 0 || len(fields["media"]) > maxSegment {
			return segment{}, invalid(Message{Message: "$.media: must have 1 to " + decimal(maxSegment) + " bytes"})
		}
		index := json.Number(fields["segment_index"])
		n, _ := index.Int64() // checked by the next line
		return segment{int(n), fields["media"]}, checkValues("$.segment_index", segmentShape(), index)
	})
	if err != nil {
		return s.refuse(limits, err)
	}
	return respond(http.StatusOK, limits, map[string]any{"data": map[string]any{"expires_at": m.ExpiresAt.Unix()}})
}

func (s *Sim) serveFinalize(x *exchange) answer {
	m, now, limits, err := s.finalize(x.bearer(), x.PathValue("id"), x.via)
	return s.medium(m, now, limits, err)
}

func (s *Sim) serveStatus(x *exchange) answer {
	q := x.URL.Query()
	var bad []Message
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if name != "media_id" && name != "command" {
			bad = append(bad, badParameter(name, q.Get(name), "The query parameter ["+name+"] is not one of [media_id,command]"))
		}
	}
	if id := q.Get("media_id"); !isID(id) {
		bad = append(bad, badParameter("media_id", id, "The `media_id` query parameter value ["+id+"] is not valid"))
	}
	if command := q.Get("command"); q.Has("command") && command != "STATUS" {
		bad = append(bad,
			badParameter("command", command, "The `command` query parameter value ["+command+"] is not one of [STATUS]"))
	}
	var refused error
	if bad != nil {
		refused = invalid(bad...)
	}
	m, now, limits, err := s.status(x.bearer(), q.Get("media_id"), x.via, refused)
	return s.medium(m, now, limits, err)
}

func (s *Sim) serveMetadata(x *exchange) answer {
	r, limits, err := s.describe(x.bearer(), x.via, func() (r MetadataRequest, err error) {
		return r, x.decode(metadataShape(), &r)
	})
	if err != nil {
		return s.refuse(limits, err)
	}
	data := map[string]any{"id": r.ID}
	if r.Metadata.AltText != nil {
		data["associated_metadata"] = map[string]any{"alt_text": map[string]any{"text": r.Metadata.AltText.Text}}
	}
	return respond(http.StatusOK, limits, map[string]any{"data": data})
}

// medium is the answer that tells of an upload.
func (s *Sim) medium(m Medium, now time.Time, limits Limits, err error) answer {
	if err != nil {
		return s.refuse(limits, err)
	}
	data := map[string]any{
		"id": m.ID, "media_key": m.Key, "expires_after_secs": int64(m.ExpiresAt.Sub(now) / time.Second),
	}
	if !m.Finalized.IsZero() {
		data["size"] = m.Size
		if m.width > 0 {
			data["image"] = map[string]any{"image_type": m.Type, "w": m.width, "h": m.height}
		}
		if m.Category == VideoCategory {
			data["video"] = map[string]any{"video_type": m.Type}
		}
		if info := m.processing(now, s.Settings().Dialect); info != nil {
			data["processing_info"] = info
		}
	}
	return respond(http.StatusOK, limits, map[string]any{"data": data})
}

// processing is what X tells of the processing of a medium. X's document has no
// error in it, and a medium that is ready may have no such information.
func (m Medium) processing(now time.Time, d Dialect) map[string]any {
	state, percent := m.state(now)
	if state == "" || state == stateSucceeded && d == Specified {
		return nil
	}
	info := map[string]any{"state": state, "progress_percent": percent}
	switch {
	case state == statePending, state == stateInProgress:
		info["check_after_secs"] = m.checkAfter(now)
	case state == stateFailed && d == Documented:
		info["error"] = m.Failure
	}
	return info
}

// decode checks a JSON body against a shape and decodes it.
func (x *exchange) decode(s shape, v any) error {
	if !strings.HasPrefix(x.Header.Get("Content-Type"), jsonType) {
		return invalid(Message{Message: messageJSON})
	}
	return decodeShaped(x.body, s, v)
}

// mediaForm reads the fields of a form that carries a medium: multipart, or JSON
// with the medium in base64. The first two fields are required, and no other
// than these is accepted.
func (x *exchange) mediaForm(allowed ...string) (map[string][]byte, error) {
	fields, err := x.mediaFields()
	if err != nil {
		return nil, err
	}
	var bad []Message
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(allowed, name) {
			bad = append(bad, Message{Message: "$." + name + messageUndefined})
		}
	}
	for _, name := range allowed[:2] {
		if _, ok := fields[name]; !ok {
			bad = append(bad, Message{Message: "$." + name + messageMissing})
		}
	}
	if bad != nil {
		return nil, invalid(bad...)
	}
	return fields, nil
}

func (x *exchange) mediaFields() (map[string][]byte, error) {
	contentType := x.Header.Get("Content-Type")
	if strings.HasPrefix(contentType, jsonType) {
		return jsonFields(x.body)
	}
	fields, err := multipartFields(contentType, x.body)
	if err != nil {
		return nil, invalid(Message{Message: "Requests with bodies must have content-type of multipart/form-data."})
	}
	return fields, nil
}

// jsonFields reads an object of strings and numbers, with "media" in base64.
func jsonFields(body []byte) (map[string][]byte, error) {
	var raw map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return nil, invalid(Message{Message: messageJSON})
	}
	fields := map[string][]byte{}
	for name, v := range raw {
		switch v := v.(type) {
		case string:
			fields[name] = []byte(v)
		case json.Number:
			fields[name] = []byte(v)
		default:
			return nil, invalid(Message{Message: "$." + name + ": string expected"})
		}
	}
	if encoded, ok := fields["media"]; ok {
		media, err := base64.StdEncoding.DecodeString(string(encoded))
		if err != nil {
			return nil, invalid(Message{Message: "$.media: base64 expected"})
		}
		fields["media"] = media
	}
	return fields, nil
}

// multipartFields reads a form; a field that comes twice is an error.
func multipartFields(contentType string, body []byte) (map[string][]byte, error) {
	t, params, err := mime.ParseMediaType(contentType)
	if err != nil || t != "multipart/form-data" {
		return nil, errors.New("no multipart form")
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	fields := map[string][]byte{}
	for {
		p, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		value, err := io.ReadAll(p)
		if _, twice := fields[p.FormName()]; err != nil || twice {
			return nil, errors.Join(err, errors.New("a field comes twice or breaks off"))
		}
		fields[p.FormName()] = value
	}
}

// redactMedia is an upload as the journal keeps it: the medium is only told by
// its size and sum.
func redactMedia(contentType string, body []byte) any {
	fields, err := multipartFields(contentType, body)
	if err != nil {
		return Fingerprint(string(body))
	}
	kept := map[string]string{}
	for name, value := range fields {
		kept[name] = string(value)
		if name == "media" {
			kept[name] = strconv.Itoa(len(value)) + " bytes, " + Fingerprint(string(value))
		}
	}
	return kept
}
