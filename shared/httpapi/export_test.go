package httpapi

// InPlainWords is inPlainWords, for tests.
var InPlainWords = inPlainWords
