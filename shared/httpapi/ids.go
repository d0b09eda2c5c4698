package httpapi

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/fault"
	"spool/shared/lazyregexp"
)

// kinds are what has an id in a path, and the form of its ids. Nothing has an id
// of another form, so it is asked of no store.
var kinds = []struct {
	path, noun, todo string
	form             *lazyregexp.Regexp
}{
	{"/v1/posts/", "post", "List the posts to find its id.", lazyregexp.New(`^[A-Z2-7]{26}$`)},
	{"/v1/media/", "file", "The answer to its announcement has its id.", lazyregexp.New(`^[A-Z2-7]{26}$`)},
	{"/v1/accounts/", "account", "List the accounts to find its id.", lazyregexp.New(`^[0-9]{1,19}$`)},
	{"/v1/keys/", "key", "List the keys to find its id.", lazyregexp.New(`^[0-9a-f]{16}$`)},
}

// inForm answers 404 where the id in an operation's path has not the form of its
// kind.
func inForm(path string) func(huma.Context, func(huma.Context)) {
	for _, k := range kinds {
		if !strings.HasPrefix(path, k.path+"{id}") {
			continue
		}
		return func(ctx huma.Context, next func(huma.Context)) {
			if id := ctx.Param("id"); !k.form.MatchString(id) {
				refuse(ctx, fault.New(fault.NotFound, "There is no %s %.40q.", k.noun, id).Todo("%s", k.todo))
				return
			}
			next(ctx)
		}
	}
	return func(ctx huma.Context, next func(huma.Context)) { next(ctx) }
}

// describeIDs writes the forms into the document.
func describeIDs(path string, op *huma.Operation) {
	for _, k := range kinds {
		for _, p := range op.Parameters {
			if strings.HasPrefix(path, k.path+"{id}") && p.In == "path" && p.Name == "id" {
				p.Schema.Pattern = k.form.String()
			}
		}
	}
}
