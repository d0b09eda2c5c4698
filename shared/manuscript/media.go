package manuscript

import (
	"path/filepath"
	"slices"
	"strings"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// A Medium of the front matter belongs to a post by its number.
type Medium struct {
	File  string // a path relative to the manuscript, or a URL
	Alt   string
	Tweet int // from 1
	Line  int // of the manuscript, from 1
}

// maxPictures is how many pictures X shows in a post.
const maxPictures = 4

// Uploaded is how a manuscript names a file that the API has already, before its id.
const Uploaded = "media:"

// A File is a file that a post shows.
type File struct {
	Path string // relative to the manuscript, or a URL, or media: and an id
	Alt  string
	Line int // of the manuscript that names it, from 1; 0: not known
}

// ID is that of a file which the API has already.
func (f File) ID() (id string, ok bool) { return strings.CutPrefix(f.Path, Uploaded) }

// OnlyUploaded is the manuscript where no files are at hand but those that the API has
// already: each of the others is a finding.
func (m Manuscript) OnlyUploaded() Manuscript {
	m.Findings = slices.Clone(m.Findings)
	images, media := m.Images, m.Front.Media
	m.Images, m.Front.Media = nil, nil
	for _, image := range images {
		if strings.HasPrefix(image.File, Uploaded) {
			m.Images = append(m.Images, image)
			continue
		}
		m.find(image.Line, CodeFileLeftOut, image.File)
	}
	for _, medium := range media {
		if strings.HasPrefix(medium.File, Uploaded) {
			m.Front.Media = append(m.Front.Media, medium)
			continue
		}
		m.find(medium.Line, CodeFileLeftOut, medium.File)
	}
	return m
}

// files puts the files on posts, and says which pictures of the text had to move to the next
// post, or to one more behind all others, because X shows four in one.
func (m Manuscript) files(parts []tweet.Part, posts int) (files [][]File, moved []Image, err error) {
	files = make([][]File, posts)
	room := func(post int) bool { return post > len(files) || len(files[post-1])+m.Front.files(post) < maxPictures }
	add := func(post int, f File) {
		for len(files) < post {
			files = append(files, nil)
		}
		files[post-1] = append(files[post-1], f)
	}
	for _, image := range m.Images {
		post := partAt(parts, image.Offset)
		if mediumKind(image.File) == tweet.Image && !room(post) {
			for !room(post) {
				post++
			}
			moved = append(moved, image)
		}
		add(post, File{image.File, image.Alt, image.Line})
	}
	for _, medium := range m.Front.Media {
		if medium.Tweet > max(1, posts) {
			return nil, nil, fault.New(fault.Invalid,
				"The front matter puts %s into tweet %d of %d.", medium.File, medium.Tweet, posts).At(lineField(medium.Line))
		}
		add(medium.Tweet, File{medium.File, medium.Alt, medium.Line})
	}
	return files, moved, nil
}

// files counts those of a post.
func (f Front) files(post int) (n int) {
	for _, medium := range f.Media {
		if medium.Tweet == post {
			n++
		}
	}
	return n
}

// partAt returns the number of the part that an offset of the text falls into. What
// stands between two parts belongs to the first of them.
func partAt(parts []tweet.Part, offset int) int {
	post := 1
	for i, p := range parts {
		if p.Start <= offset {
			post = i + 1
		}
	}
	return post
}

// mediumKind tells what a file is by its name.
func mediumKind(file string) tweet.MediumKind {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".gif":
		return tweet.GIF
	case ".mp4", ".mov", ".m4v":
		return tweet.Video
	}
	return tweet.Image
}
