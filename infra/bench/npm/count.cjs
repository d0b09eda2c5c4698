// Weighs texts with twitter-text, the official counter. Reads {texts, seconds} from standard input, and writes for each
// text {weighted_length, bytes_per_second}: of CPU time, as the seconds are.
'use strict'

const { parseTweet } = require('twitter-text')

function since(begun) {
	const { user, system } = process.cpuUsage(begun)
	return (user + system) / 1e6
}

function speed(text, seconds) {
	for (const begun = process.cpuUsage(); since(begun) < seconds / 2; ) parseTweet(text) // it is compiled meanwhile
	let rounds = 0
	const begun = process.cpuUsage()
	for (; since(begun) < seconds; rounds++) parseTweet(text)
	return (Buffer.byteLength(text) * rounds) / since(begun)
}

let input = ''
process.stdin.on('data', (chunk) => (input += chunk)).on('end', () => {
	const { texts, seconds } = JSON.parse(input)
	console.log(JSON.stringify(texts.map((text) => ({
		weighted_length: parseTweet(text).weightedLength, bytes_per_second: speed(text, seconds),
	}))))
})
