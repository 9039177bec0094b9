// SPDX-License-Identifier: Apache-2.0
// What openapi-generator's go made of /openapi.json, in the module beside this one.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"golang.org/x/oauth2"
	keyhold "keyhold.example/client"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func with(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, keyhold.ContextOAuth2, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
}

func main() {
	url, name, password := os.Args[1], os.Args[2], os.Args[3]
	settings := keyhold.NewConfiguration()
	settings.Servers = keyhold.ServerConfigurations{{URL: url}}
	client, ctx := keyhold.NewAPIClient(settings), context.Background()
	registered, _, err := client.AccountsAPI.PostRegister(ctx).NewAccount(*keyhold.NewNewAccount(name, password)).Execute()
	must(registered, err)
	_, refused, _ := client.AccountsAPI.PostLogin(ctx).Credentials(*keyhold.NewCredentials(name, "pa55-wrong")).Execute()
	var wrong keyhold.Problem
	if err := json.NewDecoder(refused.Body).Decode(&wrong); err != nil {
		log.Fatal(err)
	}
	byLogin, _, err := client.AccountsAPI.PostLogin(ctx).Credentials(*keyhold.NewCredentials(name, password)).Execute()
	must(byLogin, err)
	byForm, _, err := client.OauthAPI.PostToken(ctx).GrantType("password").Username(name).Password(password).Execute()
	must(byForm, err)
	var greetings []string
	for _, token := range []string{byLogin.GetAccessToken(), byForm.GetAccessToken()} {
		signedIn := with(ctx, token)
		greeting, _, err := client.ProtectedAPI.GetProtected(signedIn).Execute()
		greetings = append(greetings, must(greeting, err).Message)
	}
	me, _, err := client.AccountsAPI.GetMe(with(ctx, byForm.GetAccessToken())).Execute()
	must(me, err)
	answer := map[string]any{"registered": registered.Username, "wrong": wrong.Code, "greetings": greetings, "me": me.Username}
	must(0, json.NewEncoder(os.Stdout).Encode(answer))
}
