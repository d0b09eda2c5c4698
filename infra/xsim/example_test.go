package xsim_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"spool/infra/xsim"
)

// A program under test talks to the simulator by HTTP, here without a network.
// The script loses the answer to its first post; the timeline knows better.
func Example() {
	sim := xsim.New(xsim.Config{})
	pair, err := sim.Connect("ada")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := sim.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Drop: xsim.DropAfter}); err != nil {
		fmt.Println(err)
		return
	}

	client := &http.Client{Transport: sim.Transport()}
	for range 2 {
		req, _ := http.NewRequest("POST", "http://x.test/2/tweets", strings.NewReader(`{"text":"hello"}`))
		req.Header.Set("Authorization", "Bearer "+pair.AccessToken)
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			fmt.Println("no answer")
			continue
		}
		fmt.Println(resp.Status)
		resp.Body.Close()
	}
	posts, _ := sim.Timeline("ada")
	fmt.Println(len(posts), "post:", posts[0].Text)
	// Output:
	// no answer
	// 403 Forbidden
	// 1 post: hello
}
