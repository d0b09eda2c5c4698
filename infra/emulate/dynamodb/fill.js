// Writes the items that come on standard input, one JSON object a line, into a table of the folder given as the first
// argument; the second names the table. No engine may have the folder open. What a put costs in the engine, a look at
// the item before and a write for each index, is done for many at once: there must be none of the items yet.
'use strict'

const db = require('dynalite/db')

const [path, table] = process.argv.slice(1)
const store = db.create({ path })
const together = 1000 // items in one batch

// entries are what is stored of an item: itself, and what each index has of it.
function entries(item, description) {
	const all = [{ type: 'put', key: `item-${table}~${db.createKey(item, description)}`, value: item }]
	for (const { index, key, item: shown } of db.getIndexActions(description.GlobalSecondaryIndexes, null, item, description).puts) {
		all.push({ type: 'put', key: `index-global~${table}~${index}~${key}`, value: shown })
	}
	return all
}

const write = (batch) => new Promise((done, failed) => store.db.batch(batch, (err) => (err ? failed(err) : done())))

store.getTable(table, async (err, description) => {
	if (err) throw err
	let batch = []
	for await (const line of require('node:readline').createInterface({ input: process.stdin })) {
		batch.push(...entries(JSON.parse(line), description))
		if (batch.length >= together) await write(batch.splice(0))
	}
	await write(batch)
	store.db.close(() => process.exit(0))
})
