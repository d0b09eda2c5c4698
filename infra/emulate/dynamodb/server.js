// Serves DynamoDB from the folder given as the argument, on a free port of this machine only.
//
// The first line on standard output is the port. It ends in good order, with its files closed, when standard input
// does: that is when the program that started it closes it, or is itself gone.
'use strict'

const server = require('dynalite')({ path: process.argv[2], createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })

// dynalite verifies no signature and lets every web page read its answers. Whoever does not know the token in the path,
// and whatever a page sends, is refused.
const prefix = '/' + process.env.SPOOL_TOKEN
const [answer] = server.listeners('request')
server.removeAllListeners('request').on('request', (request, response) => {
	if (request.headers.origin || request.url.slice(0, prefix.length) !== prefix) {
		response.writeHead(403).end()
		return
	}
	request.url = request.url.slice(prefix.length) || '/'
	answer(request, response)
})

server.listen(0, '127.0.0.1', () => console.log(server.address().port))

process.stdin.on('end', () => {
	server.close(() => process.exit(0))
	setTimeout(() => server.closeAllConnections(), 3000).unref() // nobody is waiting for what is still under way
}).resume()
