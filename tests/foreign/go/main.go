// SPDX-License-Identifier: Apache-2.0
// golang.org/x/oauth2 in its default wiring: `foreign BASE USER PASSWORD` writes what came out as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

func discover(base string) map[string]any {
	answer, err := http.Get(base + "/.well-known/oauth-authorization-server")
	fail(err)
	defer answer.Body.Close()
	found := map[string]any{}
	fail(json.NewDecoder(answer.Body).Decode(&found))
	return found
}

func fail(err error) {
	if err != nil {
		panic(err)
	}
}

func get(client *http.Client, where string) string {
	answer, err := client.Get(where)
	fail(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	fail(err)
	return string(body)
}

// It knows no revocation: RFC 7009 by hand.
func revoke(where, clientID, secret, token string) int {
	form := url.Values{"token": {token}, "client_id": {clientID}}
	if secret != "" {
		form.Set("client_secret", secret)
	}
	answer, err := http.PostForm(where, form)
	fail(err)
	answer.Body.Close()
	return answer.StatusCode
}

func errorCode(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return "none"
}

func main() {
	base, user, password := os.Args[1], os.Args[2], os.Args[3]
	clientID, secret := os.Args[4], ""
	if len(os.Args) > 5 {
		secret = os.Args[5]
	}
	found := discover(base)
	config := oauth2.Config{ClientID: clientID, ClientSecret: secret, Endpoint: oauth2.Endpoint{TokenURL: found["token_endpoint"].(string)}}
	context := context.Background()

	_, err := config.PasswordCredentialsToken(context, user, password+"x")
	wrong := errorCode(err)
	token, err := config.PasswordCredentialsToken(context, user, password)
	fail(err)
	greeting := get(config.Client(context, token), base+"/protected")

	expired := *token
	expired.Expiry = time.Now().Add(-time.Minute)
	source := config.TokenSource(context, &expired)
	refreshed, err := source.Token()
	fail(err)
	after := get(oauth2.NewClient(context, source), base+"/protected")

	revoked := revoke(found["revocation_endpoint"].(string), clientID, secret, refreshed.RefreshToken)
	over := *refreshed
	over.Expiry = time.Now().Add(-time.Minute)
	_, err = config.TokenSource(context, &over).Token()
	fail(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"wrong_password": wrong, "greeting": strings.TrimSpace(greeting), "greeting_after_refresh": strings.TrimSpace(after),
		"refreshed": refreshed.RefreshToken != token.RefreshToken && refreshed.AccessToken != token.AccessToken,
		"revoked":   revoked == 200, "refresh_after_revocation": errorCode(err)}))
}
