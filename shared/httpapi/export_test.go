package httpapi

// InPlainWords is inPlainWords, for tests.
var InPlainWords = inPlainWords

// MaxBody is maxBody, for tests.
const MaxBody = maxBody
