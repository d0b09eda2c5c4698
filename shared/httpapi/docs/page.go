package docs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// page is what is being written. Its methods escape what they are given.
type page struct {
	strings.Builder
	doc *huma.OpenAPI
}

// put writes markup. Each argument takes the place of a %s, escaped.
func (p *page) put(markup string, args ...string) {
	escaped := make([]any, len(args))
	for i, a := range args {
		escaped[i] = html.EscapeString(a)
	}
	fmt.Fprintf(p, markup, escaped...)
}

// Page shows the document.
func Page(doc *huma.OpenAPI) []byte {
	p := &page{doc: doc}
	p.put(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`+
		`<title>%s: the HTTP API</title><style>`, doc.Info.Title)
	p.WriteString(style)
	p.put(`</style></head><body><header><h1>%s: the HTTP API</h1>`, doc.Info.Title)
	p.paragraphs(doc.Info.Description)
	p.put(`<p>For programs: <a href="/v1/openapi.json">the document as JSON</a>, <a href="/v1/openapi.yaml">as YAML</a> (OpenAPI %s).</p>`+
		`<p>In the examples <code>$SPOOL</code> is the address that you read this under, up to the first slash of its path, `+
		`<code>$SPOOL_KEY</code> is your key, and <code>$ID</code> an id.</p></header>`, doc.OpenAPI)
	p.contents()
	p.put(`<main>`)
	for _, tag := range doc.Tags {
		p.put(`<section aria-labelledby="%s"><h2 id="%s">%s</h2><p>%s</p>`, anchor(tag.Name), anchor(tag.Name), tag.Name,
			tag.Description)
		for _, op := range p.tagged(tag.Name) {
			p.operation(op)
		}
		p.put(`</section>`)
	}
	p.put(`<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2><p>What is sent and answered, as JSON.</p>`)
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas.Map())) {
		p.shape(name, doc.Components.Schemas.Map()[name])
	}
	p.put(`</section>`)
	p.codes()
	p.put(`</main></body></html>`)
	return []byte(p.String())
}

// contents lists all operations.
func (p *page) contents() {
	p.put(`<nav aria-label="Operations">`)
	for _, tag := range p.doc.Tags {
		p.put(`<h2><a href="#%s">%s</a></h2><ul>`, anchor(tag.Name), tag.Name)
		for _, op := range p.tagged(tag.Name) {
			p.put(`<li><a href="#%s">%s</a></li>`, op.OperationID, op.Summary)
		}
		p.put(`</ul>`)
	}
	p.put(`</nav>`)
}

// tagged are the operations of a chapter, by their paths.
func (p *page) tagged(tag string) []*huma.Operation {
	var all []*huma.Operation
	for _, path := range slices.Sorted(maps.Keys(p.doc.Paths)) {
		for _, op := range Operations(p.doc.Paths[path]) {
			if slices.Contains(op.Tags, tag) {
				all = append(all, op)
			}
		}
	}
	return all
}

// operation shows one operation.
func (p *page) operation(op *huma.Operation) {
	p.put(`<article aria-labelledby="%s"><h3 id="%s">%s</h3><p class="call"><b>%s</b> <code>%s</code></p>`, op.OperationID,
		op.OperationID, op.Summary, op.Method, op.Path)
	p.paragraphs(op.Description)
	p.put(`<p class="soft">%s</p>`, admits(op))
	if len(op.Parameters) > 0 {
		p.put(`<h4>Parameters</h4>`)
		p.table("Parameter")
		for _, param := range op.Parameters {
			p.row(param.Name, param.Required, "in the "+places[param.In]+", ", param.Schema, param.Description)
		}
		p.put(`</tbody></table></div>`)
	}
	if op.RequestBody != nil {
		p.put(`<h4>Body</h4><p>`)
		p.kind(op.RequestBody.Content["application/json"].Schema)
		if !op.RequestBody.Required {
			p.put(`; may be left out`)
		}
		p.put(`</p>`)
	}
	p.put(`<h4>Example</h4><pre tabindex="0" aria-label="Example"><code>%s</code></pre><h4>Answers</h4>`, curl(op))
	p.answers(op)
	p.put(`</article>`)
}

// places are where a parameter stands.
var places = map[string]string{"path": "address", "query": "query", "header": "headers", "cookie": "cookies"}

// admits says what a caller of the operation needs.
func admits(op *huma.Operation) string {
	for _, s := range op.Security {
		if scopes, ok := s["key"]; ok {
			return "Needs a key with the scope " + strings.Join(scopes, " or ") + "."
		}
	}
	return "Needs no key in its headers."
}

// answers lists what an operation answers.
func (p *page) answers(op *huma.Operation) {
	p.put(`<div class="wide"><table><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>`)
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		code, _ := strconv.Atoi(status)
		p.put(`<tr><th scope="row">%s %s</th><td>%s. `, status, http.StatusText(code),
			cmp.Or(r.Description, http.StatusText(code)))
		for _, content := range slices.Sorted(maps.Keys(r.Content)) {
			p.kind(r.Content[content].Schema)
			p.put(` `)
		}
		for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
			p.put(`<br>Header <code>%s</code>: %s.`, name, r.Headers[name].Description)
		}
		p.put(`</td></tr>`)
	}
	p.put(`</tbody></table></div>`)
}

// shape shows a schema.
func (p *page) shape(name string, s *huma.Schema) {
	p.put(`<article aria-labelledby="shape-%s"><h3 id="shape-%s">%s</h3>`, name, name, name)
	p.paragraphs(s.Description)
	p.table("Field")
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		p.row(field, slices.Contains(s.Required, field), "", s.Properties[field], s.Properties[field].Description)
	}
	p.put(`</tbody></table></div></article>`)
}

// table begins a table of parameters or fields.
func (p *page) table(what string) {
	p.put(`<div class="wide"><table><thead><tr><th scope="col">%s</th><th scope="col">Kind</th><th scope="col">Meaning</th></tr></thead><tbody>`, what)
}

// row shows a parameter or field.
func (p *page) row(name string, required bool, place string, s *huma.Schema, about string) {
	p.put(`<tr><th scope="row"><code>%s</code></th><td>`, name)
	p.kind(s)
	p.put(`<br><span class="soft">%s`, place)
	if required {
		p.put(`always there`)
	} else {
		p.put(`may be left out`)
	}
	p.put(`%s</span></td><td>%s</td></tr>`, bounds(s), about)
}

// kind says what a schema takes, with a link to what it is made of.
func (p *page) kind(s *huma.Schema) {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		p.put(`<a href="#shape-%s">%s</a>`, name, name)
		return
	}
	switch s.Type {
	case huma.TypeArray:
		p.put(`list of `)
		p.kind(s.Items)
	case huma.TypeObject:
		p.put(`object`)
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			p.put(` of `)
			p.kind(values)
		}
	case huma.TypeString:
		p.put(`%s`, map[string]string{"date-time": "time"}[s.Format])
		if s.Format == "" {
			p.put(`text`)
		}
	case huma.TypeInteger:
		p.put(`whole number`)
	default:
		p.put(`%s`, s.Type)
	}
}

// bounds says what a schema refuses.
func bounds(s *huma.Schema) string {
	var all []string
	say := func(format string, v any) { all = append(all, fmt.Sprintf(format, v)) }
	if s.Items != nil && len(s.Items.Enum) > 0 {
		say("of %s", choices(s.Items.Enum))
	}
	if len(s.Enum) > 0 {
		say("one of %s", choices(s.Enum))
	}
	if s.Minimum != nil {
		say("at least %s", strconv.FormatFloat(*s.Minimum, 'f', -1, 64))
	}
	if s.Maximum != nil {
		say("at most %s", strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
	if s.MaxLength != nil {
		say("up to %d characters", *s.MaxLength)
	}
	if s.MaxItems != nil {
		say("up to %d", *s.MaxItems)
	}
	if s.Pattern != "" {
		say("of the form %s", s.Pattern)
	}
	if s.Default != nil {
		say("else %v", s.Default)
	}
	if len(all) == 0 {
		return ""
	}
	return "; " + strings.Join(all, "; ")
}

// choices lists what may be chosen.
func choices(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

// paragraphs writes a text whose paragraphs are parted by empty lines.
func (p *page) paragraphs(text string) {
	for part := range strings.SplitSeq(text, "\n\n") {
		if part != "" {
			p.put(`<p>%s</p>`, part)
		}
	}
}

// anchor names a chapter in an address.
func anchor(tag string) string { return "chapter-" + strings.ToLower(tag) }

// curl is a command that calls the operation.
func curl(op *huma.Operation) string {
	var b strings.Builder
	b.WriteString("curl")
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	address, between := "$SPOOL"+strings.ReplaceAll(op.Path, "{id}", "$ID"), "?"
	for _, param := range op.Parameters {
		if param.In == "query" && param.Required && len(param.Schema.Examples) > 0 {
			address, between = address+between+param.Name+"="+fmt.Sprint(param.Schema.Examples[0]), "&"
		}
	}
	b.WriteString(` "` + address + `"`)
	if admits(op) != admits(&huma.Operation{}) {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $SPOOL_KEY\"")
	}
	if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "Idempotency-Key" }) {
		b.WriteString(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"")
	}
	if op.RequestBody == nil || op.RequestBody.Content["application/json"].Example == nil {
		return b.String()
	}
	body, err := json.MarshalIndent(op.RequestBody.Content["application/json"].Example, "", "  ")
	if err != nil {
		return b.String()
	}
	b.WriteString(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '" + strings.ReplaceAll(string(body), "'",
		`'\''`) + "'")
	return b.String()
}
