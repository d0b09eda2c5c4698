// Prints random texts as JSON lines with what twitter-text 3.1.0 makes of them, and last
// how fast it counts English. Usage: node official.cjs SEED COUNT EMOJI-LIST TLD-LIST
//
// The pattern of its emoji parser stops at Unicode 11. The sequences of the given list
// (Unicode 17) are put before it, so that both counters know the same emoji.
const fs = require('fs');
const twemoji = require('twemoji-parser');
const twitter = require('twitter-text');

const [seed, count, emojiFile, tldFile] = process.argv.slice(2);
const emoji = fs.readFileSync(emojiFile, 'utf8').split('\n').filter((line) => line && line[0] !== '#')
  .map((line) => String.fromCodePoint(...line.split(' ').map((hex) => parseInt(hex, 16))));
const lists = JSON.parse(fs.readFileSync(tldFile, 'utf8'));
const domains = [...lists.generic, ...lists.country];

const byFirst = {};
for (const e of [...emoji].sort((a, b) => b.length - a.length)) (byFirst[e[0]] ??= []).push(e);
const old = new RegExp(require('twemoji-parser/dist/lib/regex').default.source, 'y');
twemoji.parse = (text) => {
  const found = [];
  for (let i = 0; i < text.length;) {
    old.lastIndex = i;
    let best = old.exec(text)?.[0] ?? '';
    best = byFirst[text[i]]?.find((e) => e.length > best.length && text.startsWith(e, i)) ?? best;
    if (best) found.push({ indices: [i, i + best.length], text: best });
    i += best.length || 1;
  }
  return found;
};

// Randomness: mulberry32.
let state = Number(seed) >>> 0;
const random = () => {
  state = (state + 0x6D2B79F5) | 0;
  let t = Math.imul(state ^ state >>> 15, 1 | state);
  t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
  return ((t ^ t >>> 14) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const times = (n, make) => Array.from({ length: n }, make).join('');
const between = (a, b) => String.fromCodePoint(a + below(b - a + 1));
const anything = () => { let c; do c = below(0x110000); while (c >= 0xD800 && c < 0xE000); return String.fromCodePoint(c); };

const word = () => times(1 + below(9), () => between(97, 122));
const ideographs = (n) => times(n, () => pick([() => between(0x4E00, 0x9FA5), () => between(0x3041, 0x3096), () => between(0x30A1, 0x30FA), () => between(0xAC00, 0xD7A3)])());
const label = () => pick([word, word, word, () => word() + '-' + word(), () => word() + '_' + word(), () => ideographs(1 + below(5)), () => 'é' + word(), () => word() + between(0x300, 0x36F), () => 'xn--' + word(), () => pick(emoji), () => between(0x400, 0x4FF) + between(0x400, 0x4FF), () => '-' + word(), () => word() + '-', () => '1' + below(999), () => '"' + word(), () => ideographs(12 + below(20)), () => '', () => word() + '。' + word(), () => ideographs(5) + '。' + ideographs(3)])();
const domain = () => { const t = pick([() => pick(domains), () => pick(['com', 'org', 'io', 'co.jp', 'co.uk', 'jp', 'みんな', 'рф', 'xn--p1ai', 'info']), word])(); return random() < 0.1 ? t.toUpperCase() : t; };
const pathPart = () => random() < 0.5 ? word() : pick([...'aZ0/-_~@()!*\';:=+,.$#[]–|&éЖιß中?', '%20', '(a)', '((b))']);
const queryPart = () => random() < 0.5 ? word() : pick([...'=&#!*@();:+$/%[]-_.,~|?é中']);
const url = () => pick(['', '', '', 'http://', 'https://', 'HTTP://', 'hTTps://', 'ftp://', 'http:/', '//']) + times(1 + below(3), () => label() + '.') + domain() +
  (random() < 0.15 ? ':' + below(70000) : '') + (random() < 0.5 ? '/' + times(below(14), pathPart) : '') + (random() < 0.3 ? '?' + times(below(8), queryPart) : '');
const short = () => pick(['https://t.co/', 'http://t.co/', 't.co/']) + times(below(50), () => word()[0]) + pick(['', '/x', '?a=1', '.', '#a', '…', '?', '?!a=']);
const emojiPart = () => pick(['\u200d', '\ufe0f', '\ufe0e', '\u20e3', ...'🏻🏿🇦🇺🇸👩👨❤♀♂☝⛷🕴👁🗨#*7🏴\u{e0067}\u{e007f}⚕🤝🫱👯⌚©™‼🧑']);
const kinds = [
  word, word, word, word, url, url, url, short, () => pick(emoji), () => pick(emoji), () => times(1 + below(5), emojiPart),
  () => ideographs(1 + below(30)), () => times(1 + below(10), () => between(0x621, 0x64A)), () => times(1 + below(10), () => between(0x904, 0x94D)),
  () => pick(['café', 'Ångström', 'naïve', 'Việt Nam', '각', '한국어', 'が', 'ॐ', 'à̖́']).normalize(pick(['NFD', 'NFC'])),
  () => between(0x370, 0x3FF), () => between(0xC0, 0x24F), () => between(0x1000, 0x1200), () => between(0x2000, 0x2100), () => between(0xE00, 0xE7F), () => between(0x300, 0x36F), () => between(0xF900, 0xFAFF),
  () => between(0x10000, 0x1FFFF), anything, () => between(0, 0x7F), () => pick([...'\u200b\u200c\u200d\u2060\u00ad\u034f\u180e']), () => pick([...'\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c']),
  () => pick([...'.,:;!?\'"()[]{}<>@#$%^&*-_=+/\\|`~…—–“”‘’«»。、！？「」・，．：；（）؟،؛।']), () => random() < 0.1 ? pick(['\ufeff', '\ufffe', '\uffff']) : '',
  () => '@' + word(), () => '#' + word(), () => '$' + word(), () => word() + '@' + word() + '.com', () => below(1e6) + '.' + below(99),
];
const space = () => pick([' ', ' ', ' ', ' ', '\n', '\n\n', '\t', '\u3000', '\u00a0', '\u2009', '\u2028', '\u0085']);

for (let i = 0; i < Number(count); i++) {
  const text = times(1 + below(pick([3, 8, 25, 60])), () => pick(kinds)() + (random() < 0.5 ? space() : ''));
  console.log(JSON.stringify({ text, ...twitter.parseTweet(text), urls: twitter.extractUrls(text) }));
}

const sentence = 'The second thing is that people like small work, and that nobody had believed the number anyway. ';
const english = sentence.repeat(1000);
const start = process.hrtime.bigint();
let rounds = 0;
while (process.hrtime.bigint() - start < 1_000_000_000n) { twitter.parseTweet(english); rounds++; }
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ megabytesPerSecond: rounds * english.length / 1e6 / seconds }));
