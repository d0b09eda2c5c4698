// Package year has nothing but its test: it fills the tables with as many posts as a
// year of use leaves behind, and asks for every list through the API and the command
// line. Each must be right, and its cost in requests, read units and time is shown:
//
//	make year
package year
