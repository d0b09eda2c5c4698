package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

// upload gives the API all files of a thread that it does not have.
func (s *session) upload(api *client.Client, t thread) error {
	known := s.remembered()
	for i := range t.media {
		for k := range t.media[i] {
			m := &t.media[i][k]
			if m.id != "" {
				continue
			}
			name := api.Base.Host + " " + m.in.SHA256
			if m.id = known[name]; m.id != "" {
				if have, err := api.GetMedia(s.ctx, m.id); err == nil && have.State == post.FileReady {
					s.say("%s is there already.\n", m.in.Filename)
					continue
				}
			}
			id, err := s.send(api, *m)
			if err != nil {
				return err
			}
			m.id, known[name] = id, id
			s.remember(known)
		}
	}
	return nil
}

// send uploads one file, and shows how far it is.
func (s *session) send(api *client.Client, m medium) (id string, err error) {
	file, err := os.Open(m.path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	line := &liveLine{s: s}
	have, err := api.AddMedia(s.ctx, m.in, file, func(sent, total int64) {
		line.show(fmt.Sprintf("%s  %s of %s  %d %%", m.in.Filename, size(sent), size(total), 100*sent/max(1, total)))
	})
	line.clear()
	switch {
	case err != nil:
		return "", err
	case have.State == post.FileReady:
		s.say("%s is uploaded (%s).\n", m.in.Filename, size(m.in.Bytes))
		return have.ID, nil
	case have.Reason != nil:
		return "", fault.New(fault.Invalid, "%s", have.Reason.Sentence).At(m.path).Todo("%s", have.Reason.Todo)
	}
	return "", fault.New(fault.Unavailable, "The file was uploaded, but the API does not see it yet.").At(m.path).
		Todo("Run the same command again.")
}

// remembered are the ids of files that were uploaded before, by host and SHA-256.
// So a command that is repeated sends the very same request.
func (s *session) remembered() map[string]string {
	known := map[string]string{}
	if s.Cache == "" {
		return known
	}
	if data, err := os.ReadFile(s.mediaFile()); err == nil {
		_ = json.Unmarshal(data, &known) // a damaged cache is an empty one
	}
	return known
}

// maxRemembered bounds what is remembered; over it all is forgotten, which costs
// uploads.
const maxRemembered = 5000

// remember keeps the ids. Without a cache files are uploaded again.
func (s *session) remember(known map[string]string) {
	if s.Cache == "" {
		return
	}
	if len(known) > maxRemembered {
		clear(known)
	}
	if data, err := json.Marshal(known); err == nil {
		_ = writePrivately(s.mediaFile(), data)
	}
}

// mediaFile is where the ids are remembered.
func (s *session) mediaFile() string { return filepath.Join(s.Cache, "media.json") }

// liveLine is the last line of a terminal, which changes. Elsewhere it is nothing.
type liveLine struct {
	s     *session
	mu    sync.Mutex
	shown string
}

// show replaces the line.
func (l *liveLine) show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.s.Terminal.Err || l.s.json || text == l.shown {
		return
	}
	l.shown = text
	fmt.Fprintf(l.s.Err, "\r\x1b[K%s", cut(printable(text), l.s.width()-1))
}

// clear takes the line away.
func (l *liveLine) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown != "" {
		fmt.Fprint(l.s.Err, "\r\x1b[K")
		l.shown = ""
	}
}

// width is how many columns there are for text.
func (s *session) width() int {
	if s.Terminal.Width > 0 {
		return s.Terminal.Width
	}
	return 80
}

// refsOf gives the files of a post's tweet as the API takes them.
func refsOf(t wire.Tweet) []wire.MediaRefInput {
	var refs []wire.MediaRefInput
	for _, m := range t.Media {
		refs = append(refs, wire.MediaRefInput{ID: m.ID, AltText: m.AltText})
	}
	return refs
}
