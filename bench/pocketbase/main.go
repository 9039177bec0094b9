// SPDX-License-Identifier: Apache-2.0
// PocketBase as ./bench/run peers measures it: as it comes, but that BENCH_BCRYPT_COST may set the cost of its users'
// passwords (10 where nobody does).
package main

import (
	"log"
	"os"
	"strconv"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	app := pocketbase.New()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		cost, err := strconv.Atoi(os.Getenv("BENCH_BCRYPT_COST"))
		if err != nil {
			return e.Next()
		}
		users, err := e.App.FindCollectionByNameOrId("users")
		if err != nil {
			return err
		}
		users.Fields.GetByName("password").(*core.PasswordField).Cost = cost
		if err := e.App.Save(users); err != nil {
			return err
		}
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}
