// Weighs texts with twitter-text, the official counter. Reads {texts, seconds} from standard input, and writes for each
// text {weighted_length, bytes_per_second}.
'use strict'

const { parseTweet } = require('twitter-text')

function speed(text, seconds) {
	const bytes = Buffer.byteLength(text)
	const end = (begun) => Number(process.hrtime.bigint() - begun) / 1e9
	for (const begun = process.hrtime.bigint(); end(begun) < seconds / 2; ) parseTweet(text) // it is compiled meanwhile
	let rounds = 0
	const begun = process.hrtime.bigint()
	while (end(begun) < seconds) {
		parseTweet(text)
		rounds++
	}
	return (bytes * rounds) / end(begun)
}

let input = ''
process.stdin.on('data', (chunk) => (input += chunk)).on('end', () => {
	const { texts, seconds } = JSON.parse(input)
	console.log(JSON.stringify(texts.map((text) => ({
		weighted_length: parseTweet(text).weightedLength, bytes_per_second: speed(text, seconds),
	}))))
})
