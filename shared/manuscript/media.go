package manuscript

import (
	"path/filepath"
	"strings"

	"spool/shared/tweet"
)

// A Medium of the front matter belongs to a post by its number.
type Medium struct {
	File string // a path relative to the manuscript, or a URL
	Alt  string
	Post int // from 1
}

// attach adds a medium to the post of a number, which may be the first one of none.
func attach(drafts []tweet.Draft, post int, file, alt string) []tweet.Draft {
	if len(drafts) == 0 {
		drafts = append(drafts, tweet.Draft{})
	}
	d := &drafts[post-1]
	d.Media = append(d.Media, tweet.Medium{Kind: mediumKind(file), AltText: alt})
	return drafts
}

// A File is a file that a post shows.
type File struct {
	Path string // relative to the manuscript, or a URL
	Alt  string
}

// Files returns the files of each of the posts that [Manuscript.Drafts] gives, in the
// order of their media.
func (m Manuscript) Files(limit int) ([][]File, error) {
	parts, drafts, err := m.drafts(limit)
	if err != nil {
		return nil, err
	}
	files := make([][]File, len(drafts))
	add := func(post int, path, alt string) { files[post-1] = append(files[post-1], File{path, alt}) }
	for _, image := range m.Images {
		add(partAt(parts, image.Offset), image.File, image.Alt)
	}
	for _, medium := range m.Front.Media {
		add(medium.Post, medium.File, medium.Alt)
	}
	return files, nil
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
