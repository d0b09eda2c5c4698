// Package wire holds the shapes of Spool's HTTP API: what its clients send and
// what it answers. The server and all clients use these, and the OpenAPI
// document is made of them: the tags minLength, enum, doc and their like are the
// document's words, and what requests are checked by.
package wire
