package xsim

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"time"
)

// UploadRequest is the body of POST /2/media/upload.
type UploadRequest struct {
	Category string
	Media    []byte
	Owners   []string // user ids that may use the medium too
}

// InitializeRequest is the body of POST /2/media/upload/initialize.
type InitializeRequest struct {
	Type     string   `json:"media_type"`
	Total    *int64   `json:"total_bytes"`
	Category string   `json:"media_category"`
	Owners   []string `json:"additional_owners"`
	Shared   bool     `json:"shared"`
}

// MetadataRequest is the body of POST /2/media/metadata.
type MetadataRequest struct {
	ID       string `json:"id"`
	Metadata struct {
		AltText *struct {
			Text string `json:"text"`
		} `json:"alt_text"`
	} `json:"metadata"`
}

// Media lists the whole truth about a user's uploads (by id or username), oldest
// first: expired and failed ones included.
func (s *Sim) Media(user string) ([]Medium, error) {
	s.lock()
	defer s.mu.Unlock()
	a, err := s.find(user)
	if err != nil {
		return nil, err
	}
	list := []Medium{}
	for _, m := range s.media {
		if m.OwnerID == a.ID {
			list = append(list, *m)
		}
	}
	slices.SortFunc(list, func(a, b Medium) int { return cmp.Compare(number(a.ID), number(b.ID)) })
	return list, nil
}

// upload is POST /2/media/upload.
func (s *Sim) upload(bearer string, via request,
	decode func() (UploadRequest, error)) (m Medium, now time.Time, limits Limits, err error) {
	limits, err = s.serve(UploadMedia, bearer, via, func(c *call) error {
		r, err := decode()
		if err != nil {
			return err
		}
		made := s.newMedium(c, r.Category, typeOf(r.Media[:min(len(r.Media), 16)]), int64(len(r.Media)), r.Owners)
		for _, step := range []func() *Refusal{
			func() *Refusal { return fits(made.Category, made.Type, made.Total) },
			func() *Refusal { return made.append(0, r.Media) },
			func() *Refusal { return made.finalize(c.now, s.settings, c.via.mediaFailure) },
		} {
			if refused := step(); refused != nil {
				return refused
			}
		}
		s.keep(made)
		m, now = *made, c.now
		return nil
	})
	return m, now, limits, err
}

// initialize is POST /2/media/upload/initialize.
func (s *Sim) initialize(bearer string, via request,
	decode func() (InitializeRequest, error)) (m Medium, now time.Time, limits Limits, err error) {
	limits, err = s.serve(InitializeMedia, bearer, via, func(c *call) error {
		r, err := decode()
		if err != nil {
			return err
		}
		if refused := fits(r.Category, r.Type, *r.Total); refused != nil {
			return refused
		}
		made := s.newMedium(c, r.Category, r.Type, *r.Total, r.Owners)
		s.media[made.ID] = made
		m, now = *made, c.now
		return nil
	})
	return m, now, limits, err
}

// segment is what one append brings.
type segment struct {
	index int
	media []byte
}

// append is POST /2/media/upload/{id}/append.
func (s *Sim) append(bearer, id string, via request,
	decode func() (segment, error)) (m Medium, limits Limits, err error) {
	limits, err = s.serve(AppendMedia, bearer, via, func(c *call) error {
		part, err := decode()
		if err != nil {
			return err
		}
		open, err := s.uploading(c, id)
		if err != nil {
			return err
		}
		if refused := open.append(part.index, part.media); refused != nil {
			return refused
		}
		m = *open
		return nil
	})
	return m, limits, err
}

// finalize is POST /2/media/upload/{id}/finalize. A second one is refused: X does
// not say that it is allowed.
func (s *Sim) finalize(bearer, id string, via request) (m Medium, now time.Time, limits Limits, err error) {
	limits, err = s.serve(FinalizeMedia, bearer, via, func(c *call) error {
		open, err := s.uploading(c, id)
		if err != nil {
			return err
		}
		if refused := open.finalize(c.now, s.settings, c.via.mediaFailure); refused != nil {
			return refused
		}
		s.keep(open)
		m, now = *open, c.now
		return nil
	})
	return m, now, limits, err
}

// status is GET /2/media/upload. bad is what was wrong with the query, said after
// authentication.
func (s *Sim) status(bearer, id string, via request, bad error) (m Medium, now time.Time, limits Limits, err error) {
	limits, err = s.serve(MediaStatus, bearer, via, func(c *call) error {
		if bad != nil {
			return bad
		}
		found, ok := s.media[id]
		if !ok || !found.mayUse(c.user.ID) || found.Finalized.IsZero() || !c.now.Before(found.ExpiresAt) {
			return invalid(badMedia(id))
		}
		m, now = *found, c.now
		return nil
	})
	return m, now, limits, err
}

// describe is POST /2/media/metadata.
func (s *Sim) describe(bearer string, via request,
	decode func() (MetadataRequest, error)) (r MetadataRequest, limits Limits, err error) {
	limits, err = s.serve(DescribeMedia, bearer, via, func(c *call) error {
		if r, err = decode(); err != nil {
			return err
		}
		m, ok := s.media[r.ID]
		if !ok || m.OwnerID != c.user.ID || !c.now.Before(m.ExpiresAt) {
			return invalid(badMedia(r.ID))
		}
		if r.Metadata.AltText != nil {
			m.AltText = r.Metadata.AltText.Text
		}
		s.charge("media_metadata", PriceMetadata, 1)
		return nil
	})
	return r, limits, err
}

// newMedium opens an upload, without keeping it.
func (s *Sim) newMedium(c *call, category, contentType string, total int64, owners []string) *Medium {
	id := s.nextID(c.now)
	return &Medium{
		ID: id, Key: mediaKey(category, id), OwnerID: c.user.ID, Category: category, Type: contentType, Total: total,
		CreatedAt: c.now, ExpiresAt: c.now.Add(s.settings.MediaLife), owners: owners, sum: sha256.New(),
	}
}

// keep stores a finalized medium, without what is not needed any more.
func (s *Sim) keep(m *Medium) {
	m.bytes = m.thumbnail()
	m.parts, m.before = nil, nil
	s.media[m.ID] = m
}

// uploading finds an upload that is still open.
func (s *Sim) uploading(c *call, id string) (*Medium, error) {
	m, ok := s.media[id]
	if !ok || m.OwnerID != c.user.ID || !m.Finalized.IsZero() || !c.now.Before(m.ExpiresAt) {
		return nil, invalid(badMedia(id))
	}
	return m, nil
}

func badMedia(id string) Message {
	return badParameter("media_id", id, "Invalid media_id: "+id)
}

// attached gives the media of a post, or refuses them: each must exist, be the
// user's, be ready, and not be expired; four pictures, one GIF or one video.
func (s *Sim) attached(c *call, r CreateRequest) ([]PostMedium, error) {
	if r.Media == nil {
		return nil, nil
	}
	refused := invalid(Message{Parameters: map[string][]string{"media.media_ids": r.Media.IDs}, Message: messageMedia})
	var all []PostMedium
	for i, id := range r.Media.IDs {
		m := s.media[id]
		alone := len(r.Media.IDs) == 1
		if !m.usable(c.user.ID, c.now) || m.Category != ImageCategory && !alone || slices.Contains(r.Media.IDs[:i], id) {
			return nil, refused
		}
		all = append(all, m.onPost())
	}
	return all, nil
}

// sums are the sums of a post's media, by which posts are compared.
func sums(media []PostMedium) (all []string) {
	for _, m := range media {
		all = append(all, m.SHA256)
	}
	return all
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
