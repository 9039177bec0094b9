// SPDX-License-Identifier: Apache-2.0
// Notes behind what docs/protect-your-routes.md shows of go-jwt-middleware, which is put into protect/ beside this file:
// `notes ISSUER PORT` has two routes.
package main

import (
	"io"
	"net/http"
	"os"

	"keyhold/notes/protect"
)

func main() {
	tokens, err := protect.Middleware(os.Args[1])
	if err != nil {
		panic(err)
	}
	whoever := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, protect.Claims(r).RegisteredClaims.Subject)
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /notes", whoever)
	routes.HandleFunc("POST /notes", protect.Scope("notes:write", whoever))
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[2], tokens(routes)))
}
