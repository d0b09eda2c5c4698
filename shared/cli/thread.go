package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"spool/shared/fault"
	"spool/shared/manuscript"
	"spool/shared/media"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// textFlags say how a manuscript becomes a thread. They win over its front matter.
type textFlags struct {
	Numbering *string  `placeholder:"1/n" help:"Number the tweets, for example 1/n, (1/n) or none."`
	Target    int      `placeholder:"N" help:"How many characters the tweets had better have at most, for example 240."`
	Format    string   `placeholder:"FORMAT" enum:",markdown,text,json" default:"" help:"How the manuscript is written: markdown, text or json. Without it: as the name of the file says."`
	Each      bool     `help:"Give each paragraph a tweet of its own."`
	Media     []string `sep:"none" placeholder:"TWEET=FILE[:ALT]" help:"A picture, GIF or video for a tweet of the thread, with what it shows; may be given again. Without TWEET=: the first. A file whose name has a colon goes into the front matter."`
}

// override lets the flags win over the front matter.
func (f textFlags) override(front *manuscript.Front) error {
	if f.Numbering != nil {
		front.Numbering = *f.Numbering
		if front.Numbering == "none" {
			front.Numbering = ""
		}
	}
	if f.Target != 0 {
		front.Target = f.Target
	}
	front.OneEach = front.OneEach || f.Each
	for _, text := range f.Media {
		m, err := parseMedium(text)
		if err != nil {
			return err
		}
		// A flag's path is relative to where the command runs, and not to the manuscript.
		if m.File, err = filepath.Abs(m.File); err != nil {
			return err
		}
		front.Media = append(front.Media, m)
	}
	return nil
}

// numbered is a medium's flag that names its tweet.
var numbered = regexp.MustCompile(`^(\d+)=(.*)$`)

// parseMedium reads TWEET=FILE[:ALT].
func parseMedium(text string) (manuscript.Medium, error) {
	m := manuscript.Medium{Tweet: 1, File: text}
	if found := numbered.FindStringSubmatch(text); found != nil {
		m.Tweet, _ = strconv.Atoi(found[1]) // digits; one too large is refused as 0 is
		m.File = found[2]
	}
	drive := len(filepath.VolumeName(m.File))
	if file, alt, ok := strings.Cut(m.File[drive:], ":"); ok {
		m.File, m.Alt = m.File[:drive]+file, strings.TrimSpace(alt)
	}
	if m.Tweet < 1 || m.File == "" {
		return m, wrongUsage(`Write it like --media "2=cat.png: A cat asleep".`,
			"The medium %q is not of the form TWEET=FILE:ALT.", text)
	}
	return m, nil
}

// manuscript reads and parses a file.
func (s *session) manuscript(file string, f textFlags) (manuscript.Manuscript, error) {
	data, err := s.read(file)
	if err != nil {
		return manuscript.Manuscript{}, err
	}
	format := manuscript.Format(f.Format)
	if format == "" {
		format = manuscript.FormatOf(file, data)
	}
	m, err := manuscript.ParseAs(format, data)
	if err == nil {
		err = f.override(&m.Front)
	}
	if err != nil {
		return m, inFile{file, err}
	}
	return m, nil
}

// A thread is a manuscript that an account can post: X's rules are kept.
type thread struct {
	manuscript.Thread
	source manuscript.Manuscript
	front  manuscript.Front // of the source
	media  [][]medium       // of each draft
}

// A medium is a file of a thread.
type medium struct {
	path string
	in   wire.MediaInput
	alt  string
	id   string // the API's, once it has it
}

// thread makes the thread of a manuscript for an account. One that X would refuse is a
// threadError.
func (s *session) thread(file string, m manuscript.Manuscript, account wire.Account) (thread, error) {
	t, findings, err := s.gather(file, m, account.Limit)
	if err != nil {
		return t, inFile{file, err}
	}
	findings = append(findings, tweet.Check(t.Drafts, tweet.Rules{Limit: account.Limit, Username: account.Username})...)
	if !tweet.HasErrors(findings) {
		return t, nil
	}
	t.Locate(findings)
	var places []string
	problem := wire.Problem{
		Type: "about:blank", Title: "Errors in the thread", Code: fault.Invalid, Field: inFile{name: file}.place(""),
		Detail: "This thread has errors, and nothing was posted.",
		Todo:   "Correct them; spool preview shows the whole thread.",
	}
	for _, f := range findings {
		if f.Severity != tweet.Error {
			continue
		}
		field := wholeThread
		if f.Tweet > 0 {
			field = fmt.Sprintf("tweets[%d]", f.Tweet-1)
		}
		problem.Errors = append(problem.Errors, wire.FieldError{Field: field, Code: f.Code, Message: f.Message})
		places = append(places, placeOf(file, f))
	}
	s.showWrong(t.Drafts, account.Limit, findings)
	return t, threadError{problem, places}
}

// placeOf is the line of a manuscript that a finding is about, as editors understand it.
func placeOf(file string, f tweet.Finding) string {
	if f.Line == 0 {
		return ""
	}
	return inFile{name: file}.place(strconv.Itoa(f.Line)) + ": "
}

// gather makes the posts of a manuscript and looks at their files. What is wrong with
// those is found, like all else that X would refuse.
func (s *session) gather(file string, m manuscript.Manuscript,
	limit int) (t thread, findings []tweet.Finding, err error) {
	t.source, t.front = m, m.Front
	if t.Thread, err = m.Thread(limit); err != nil {
		return t, nil, err
	}
	limits, err := media.ParseLimits(s.env("SPOOL_MEDIA_LIMITS"))
	if err != nil {
		s.say("SPOOL_MEDIA_LIMITS is ignored: %v.\n", err)
	}
	t.media = make([][]medium, len(t.Drafts))
	for i := range t.Drafts {
		for k, f := range t.Files[i] {
			found, info, problems, err := examine(limits, filepath.Dir(file), f)
			if err != nil {
				problems = []media.Problem{unreadable(f.Path, err)}
			}
			problems, beyond := media.Unless(problems)
			for _, p := range problems {
				findings = append(findings, tweet.Finding{
					Tweet: i + 1, Line: f.Line, Severity: tweet.Error, Code: p.Code,
					Message: strings.TrimSpace(p.Message + " " + p.Fix),
				})
			}
			if info.Kind != "" {
				shown := &t.Drafts[i].Media[k]
				shown.Kind, shown.Still = info.Kind, info.Kind == tweet.Image && info.Frames > 1
				if len(problems) == 0 {
					message, fix := media.Say(beyond)
					shown.Bytes, shown.Beyond = found.in.Bytes, strings.TrimSpace(message+" "+fix)
				}
			}
			t.media[i] = append(t.media[i], found)
		}
	}
	return t, findings, nil
}

// unreadable is the problem of a file that cannot be looked at.
func unreadable(path string, err error) media.Problem {
	p := media.Problem{
		Code: "unreadable_file", Message: path + ": " + capital(err.Error()) + ".",
		Fix: "Check the name of the file, and whether you may read it.",
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.Message, p.Fix = path+": "+f.Message, f.Fix
	} else if cause, ok := errors.AsType[*fs.PathError](err); ok {
		p.Message = path + ": " + capital(cause.Err.Error()) + "."
	}
	return p
}

// threadError says what of a thread X would refuse.
type threadError struct {
	problem wire.Problem
	places  []string // of each of its errors in the manuscript, such as "thread.md:14: "; empty: not known
}

func (e threadError) Error() string { return e.problem.Detail }

// showWrong shows the tweets that X would refuse, with what is too much marked.
func (s *session) showWrong(drafts []tweet.Draft, limit int, findings []tweet.Finding) {
	wrong := map[int]bool{}
	for _, f := range findings {
		wrong[f.Tweet] = wrong[f.Tweet] || f.Severity == tweet.Error
	}
	var b strings.Builder
	all := tweet.Preview(drafts, tweet.Rules{Limit: limit})
	for _, p := range all.Tweets {
		if wrong[p.Position] && p.Text != "" {
			writeCounter(&b, s.paintErr(), p, len(drafts))
			writeText(&b, s.paintErr(), p)
		}
	}
	s.say("%s", b.String())
}

// examine looks at a file by X's rules.
func examine(limits media.Limits, folder string, f manuscript.File) (medium, media.Info, []media.Problem, error) {
	m := medium{path: f.Path, alt: f.Alt}
	if id, ok := f.ID(); ok {
		m.id = id
		return m, media.Info{}, nil, nil
	}
	if u, err := url.Parse(f.Path); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return m, media.Info{}, nil, fault.New(fault.Invalid,
			"This picture is somewhere on the web, and Spool fetches nothing from there.").
			Todo("Download it, and name the file.")
	}
	file, err := openFile(folder, f.Path)
	if err != nil {
		return m, media.Info{}, nil, err
	}
	defer file.Close()
	m.path = file.Name()
	stat, err := file.Stat()
	if err != nil {
		return m, media.Info{}, nil, err
	}
	m.in = wire.MediaInput{Filename: filepath.Base(m.path), Bytes: stat.Size()}
	info, problems, err := limits.Examine(file, media.File{Name: m.in.Filename, Size: m.in.Bytes})
	if refused, _ := media.Unless(problems); err != nil || len(refused) > 0 {
		return m, info, problems, err
	}
	m.in.ContentType = info.ContentType
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return m, info, nil, err
	}
	m.in.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return m, info, problems, nil
}

// openFile opens a file of a path relative to a folder. Where there is none of this name,
// it may be written as in an address: programs that write Markdown put %20 for a space.
func openFile(folder, path string) (*os.File, error) {
	under := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(folder, path)
	}
	file, err := os.Open(under(path))
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if plain, invalid := url.PathUnescape(path); invalid == nil && plain != path {
		if file, again := os.Open(under(plain)); again == nil {
			return file, nil
		}
	}
	return nil, err
}

// tweets is the thread as the API takes it, once all of its files have ids.
func (t thread) tweets() []wire.TweetInput {
	out := make([]wire.TweetInput, len(t.Drafts))
	for i, d := range t.Drafts {
		out[i] = wire.TweetOf(d)
		for _, m := range t.media[i] {
			out[i].Media = append(out[i].Media, wire.MediaRefInput{ID: m.id, AltText: m.alt})
		}
	}
	return out
}
