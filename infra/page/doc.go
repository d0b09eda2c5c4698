// Package page holds the tests of Spool's web page: a real browser before the real function binaries, run from the
// deployed template, with a simulated X.
//
// They need Chromium or Chrome on the PATH. Where none is they are skipped, unless SPOOL_REQUIRE_BROWSER is set.
// Pictures of all views are kept by
//
//	go test ./infra/page -run TestViews -artifacts -outputdir FOLDER
//
// How the page does with very many posts, and what becomes of very many random documents that are pasted, tell
//
//	go test ./infra/page -run TestAYearOfPosts -v -args -posts 10000
//	go test ./infra/page -run TestPastedWordsSurvive -args -pastes 5000 -seed 2
package page
