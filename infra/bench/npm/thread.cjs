// Publishes threads with twitter-api-v2, one after the other. Reads {url, token, ca, threads} from standard input, and
// writes {cpu_seconds}: what all but the first thread took of the CPU, which warms it up where there are several.
'use strict'

const http = require('node:http')
const https = require('node:https')
const { TwitterApi } = require('twitter-api-v2')

async function main(asked) {
	// As the library has it by default in this Node.js: connections are kept.
	const { Agent } = asked.url.startsWith('https:') ? https : http
	const client = new TwitterApi(asked.token, { httpAgent: new Agent({ keepAlive: true, ca: asked.ca }) })
	client.v2.setPrefix(asked.url + '/2/')
	let begun = process.cpuUsage()
	for (const [i, texts] of asked.threads.entries()) {
		const out = await client.v2.tweetThread(texts)
		if (out.length !== texts.length) throw new Error(`only ${out.length} of ${texts.length} tweets are out`)
		if (i === 0 && asked.threads.length > 1) begun = process.cpuUsage()
	}
	const { user, system } = process.cpuUsage(begun)
	console.log(JSON.stringify({ cpu_seconds: (user + system) / 1e6 }))
	process.exit(0) // the connections that are kept would hold it up
}

let input = ''
process.stdin.on('data', (chunk) => (input += chunk)).on('end', () => main(JSON.parse(input)))
