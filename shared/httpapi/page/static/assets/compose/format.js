// Notices a text that is written in Markdown. Pure; what Markdown means the API knows.

/**
 * Reports whether a text has marks that plain text has not. A list or a line of --- does not count: plain text has
 * them, too.
 * @param {string} text
 */
export function looksLikeMarkdown(text) {
	const lines = text.slice(0, 100e3).split(/\r\n?|\n/);
	return lines.some((line) => starts.test(line) || inLine.test(line)) || frontMatter(lines);
}

/** A heading, a quote, a fence, the second line of a table, a box of a task. */
const starts = /^ {0,3}(?:#{1,6} \S|> ?\S|```|~~~|\|?(?: *:?-{3,}:? *\|)+ *:?-*:? *$|[-*+] \[[ xX]\] )/;

/** Marks within a line: a link or a picture with its address, bold or struck words, code, a page of notes. */
const inLine = new RegExp(
	[
		/\]\((?:https?:|[\w./-]+\.\w+\))/,
		/\*\*[^\s*][^*\n]*\*\*/,
		/(?:^|\s)__[^\s_][^_\n]*__(?!\w)/,
		/~~[^\s~][^~\n]*~~/,
		/`[^`]+`/,
		/\[\[[^[\]\n]+\]\]/,
	]
		.map((mark) => mark.source)
		.join('|'),
);

/** @param {string[]} lines */
const frontMatter = ([first, second = '']) =>
	(first.trim() === '---' && /^[\w-]+:(\s|$)/.test(second)) || (first.trim() === '+++' && /^[\w-]+ *=/.test(second));
