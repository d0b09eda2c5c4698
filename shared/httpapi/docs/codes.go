package docs

import (
	"fmt"
	"strconv"
	"strings"

	"spool/shared/fault"
	"spool/shared/post"
)

// codes is the reference of all codes, made of the registries that name them.
func (p *page) codes() {
	p.put(`<section aria-labelledby="codes"><h2 id="codes">Codes</h2>` +
		`<p>Codes never change their meaning; the sentences beside them may say more than these tables do.</p>`)
	p.reference("problems", "Problems", "The code of an error.", "Code", "HTTP status", "When", "What to do")
	for _, known := range fault.Problems() {
		status := "a client's own"
		if known.Status != 0 {
			status = strconv.Itoa(known.Status)
		}
		p.cells(string(known.Code), status, known.When, known.Todo)
	}
	p.end()
	p.reference("reasons", "Reasons", "The code of a reason: why a post or an account stands where it stands.",
		"Code", "What happened", "What to do", "todo_code")
	for _, known := range fault.Reasons() {
		p.cells(string(known.Code), known.Sentence, known.Todo, string(known.TodoCode))
	}
	p.end()
	p.reference("todos", "What to do", "The todo_code of a reason, for programs.", "Code", "What it asks for")
	for _, todo := range fault.Todos() {
		p.cells(string(todo.Code), todo.Does)
	}
	p.end()
	p.reference("transitions", "Transitions", "How a post's status changes.", "Transition", "From", "To")
	for _, edge := range post.Transitions() {
		from := make([]string, len(edge.From))
		for i, status := range edge.From {
			from[i] = string(status)
		}
		to := string(edge.To)
		if to == "" {
			to = "the same"
		}
		p.cells(string(edge.Name), strings.Join(from, ", "), to)
	}
	p.end()
	p.put(`</section>`)
}

// reference begins a table of codes.
func (p *page) reference(id, title, about string, columns ...string) {
	p.put(`<article aria-labelledby="codes-%s"><h3 id="codes-%s">%s</h3><p>%s</p><div class="wide"><table><thead><tr>`, id,
		id, title, about)
	for _, c := range columns {
		p.put(`<th scope="col">%s</th>`, c)
	}
	p.put(`</tr></thead><tbody>`)
}

// cells is a row of a table of codes: the code, and what is said about it.
func (p *page) cells(code string, about ...string) {
	p.put(`<tr><th scope="row"><code>%s</code></th>`, code)
	for _, text := range about {
		p.put(`<td>%s</td>`, text)
	}
	p.put(`</tr>`)
}

// end ends a table of codes.
func (p *page) end() { fmt.Fprint(p, `</tbody></table></div></article>`) }
