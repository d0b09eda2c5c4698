// Package year has the posts that a year of use leaves behind. Its test fills the tables
// with them, and asks for every list through the API and the command line. Each must be
// right, and its cost in requests, read units and time is shown:
//
//	make year
package year
