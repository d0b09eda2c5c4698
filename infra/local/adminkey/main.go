// Command adminkey makes the admin key for a deployment, unless it is made already, and prints its hash.
//
//	go run ./infra/local/adminkey FILE
package main

import (
	"fmt"
	"os"

	"spool/infra/stack/adminkey"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: adminkey FILE")
		os.Exit(2)
	}
	key, err := adminkey.File(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(adminkey.Hash(key))
}
