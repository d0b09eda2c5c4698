package manuscript

import (
	"path/filepath"
	"strings"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// A Medium of the front matter belongs to a post by its number.
type Medium struct {
	File  string // a path relative to the manuscript, or a URL
	Alt   string
	Tweet int // from 1
}

// maxPictures is how many pictures X shows in a post.
const maxPictures = 4

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
	files, _, err := m.files(parts, len(drafts))
	return files, err
}

// files puts the files on posts, and says which pictures of the text had to move to the next
// post, or to one more behind all others, because X shows four in one.
func (m Manuscript) files(parts []tweet.Part, posts int) (files [][]File, moved []Image, err error) {
	files = make([][]File, posts)
	add := func(post int, f File) {
		for len(files) < post {
			files = append(files, nil)
		}
		files[post-1] = append(files[post-1], f)
	}
	for _, image := range m.Images {
		post := partAt(parts, image.Offset)
		if mediumKind(image.File) == tweet.Image && post <= len(files) && len(files[post-1]) >= maxPictures {
			for post <= len(files) && len(files[post-1]) >= maxPictures {
				post++
			}
			moved = append(moved, image)
		}
		add(post, File{image.File, image.Alt})
	}
	for _, medium := range m.Front.Media {
		if medium.Tweet > max(1, posts) {
			return nil, nil, fault.New(fault.Invalid,
				"The front matter puts %s into tweet %d of %d.", medium.File, medium.Tweet, posts).At(m.frontField("media"))
		}
		add(medium.Tweet, File{medium.File, medium.Alt})
	}
	return files, moved, nil
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
