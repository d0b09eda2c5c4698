package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/retain"
)

var _ retain.Store = (*Posts)(nil)

// Walk implements [retain.Store]. It reads the whole table. The items of a post come one after the other, its progress
// last; the files of all versions of its texts count, whichever of them is the newest.
func (s *Posts) Walk(ctx context.Context, visit func(retain.Stored) error) error {
	var of string // the post whose texts are being read
	var shows []string
	return s.scan(ctx, func(it item) error {
		pk, sk := it.s(attrPK), it.s(attrSK)
		if pk != of {
			of, shows = pk, nil
		}
		switch {
		case strings.HasPrefix(pk, mediaPrefix):
			f, err := files.decode(it)
			if err != nil {
				return err
			}
			return visit(retain.Stored{File: &f})
		case !strings.HasPrefix(pk, postPrefix):
		case strings.HasPrefix(sk, contentPrefix):
			c, err := s.read(ctx, it, postID(pk), contentNumber(sk))
			if err != nil {
				return err
			}
			for _, m := range c.Media(0) {
				shows = append(shows, m.ID)
			}
		case sk == progressSK && !forgotten(it):
			p, err := decodePost(it)
			if err != nil {
				return err
			}
			return visit(retain.Stored{Post: &p, Files: shows})
		}
		return nil
	})
}

// scan reads all items of the table, strongly consistent.
func (s *Posts) scan(ctx context.Context, each func(item) error) error {
	pages := dynamodb.NewScanPaginator(
		s.t.db,
		&dynamodb.ScanInput{TableName: &s.t.name, ConsistentRead: aws.Bool(true)},
	)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read all posts: %w", err)
		}
		for _, it := range page.Items {
			if err := each(it); err != nil {
				return err
			}
		}
	}
	return nil
}

// erasers is how many items are deleted at once.
const erasers = 16

// EraseAccount implements [retain.Store]. It deletes the posts first, so that nothing goes out any more; each leaves a
// note with the account, by which a call that is repeated finds what one that was interrupted left. Then goes what is
// kept beside the posts, and last the notes.
func (s *Posts) EraseAccount(ctx context.Context, accountID string, now time.Time) (erased int, held bool, err error) {
	mine, atWork := map[string]bool{}, map[string]bool{} // ids of posts
	var posts []post.Post
	err = s.scan(ctx, func(it item) error {
		if it.s(attrSK) != progressSK || it.s("account") != accountID {
			return nil
		}
		id := postID(it.s(attrPK))
		if forgotten(it) {
			mine[id] = true
			return nil
		}
		p, err := decodePost(it)
		switch {
		case err != nil:
			return err
		case p.Busy(now):
			atWork[id] = true
		default:
			posts = append(posts, p)
		}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	for _, p := range posts {
		switch err := s.Forget(ctx, p, now.Add(post.Remembered)); {
		case fault.Is(err, fault.Conflict): // a worker took it at this very moment
			atWork[p.ID] = true
		case err != nil:
			return erased, false, err
		default:
			mine[p.ID] = true
			erased++
		}
	}
	return erased, len(atWork) > 0, s.eraseBeside(ctx, accountID, mine, atWork)
}

// eraseBeside deletes what is kept beside an account's posts, and then what is left of those that were deleted.
func (s *Posts) eraseBeside(ctx context.Context, accountID string, mine, atWork map[string]bool) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(erasers)
	err := s.scan(gctx, func(it item) error {
		if keptFor(it, accountID, mine) && !atWork[it.s(attrSK)] {
			g.Go(func() error { return s.t.drop(gctx, it.key()) })
		}
		return nil
	})
	if err := errors.Join(err, g.Wait()); err != nil {
		return err
	}
	for id := range mine {
		if err := s.t.clear(ctx, progressKey(id).pk, ""); err != nil {
			return err
		}
	}
	return nil
}

// keptFor reports whether an item is kept for an account beside its posts.
func keptFor(it item, accountID string, posts map[string]bool) bool {
	pk := it.s(attrPK)
	switch {
	case strings.HasPrefix(pk, ownerPrefix):
		return posts[it.s("post")]
	case strings.HasPrefix(pk, channelPrefix):
		return notify.Delivery{Body: it.s("body")}.About(accountID)
	}
	return pk == openingPrefix+accountID || strings.HasPrefix(pk, openingsPK(accountID, "")) ||
		strings.HasPrefix(pk, uploadsOf(accountID))
}
