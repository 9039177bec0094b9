// SPDX-License-Identifier: Apache-2.0
// A client by go-oidc and golang.org/x/oauth2 in their default wiring: `oidc ISSUER CLIENT SECRET REDIRECT_URI` writes where to
// send the person, reads with what they came back, and writes what came out as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func fail(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	issuer, clientID, secret, redirectURI := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	context := context.Background()
	provider, err := oidc.NewProvider(context, issuer)
	fail(err)
	config := oauth2.Config{ClientID: clientID, ClientSecret: secret, Endpoint: provider.Endpoint(), RedirectURL: redirectURI,
		Scopes: []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess}}
	verifier, state, nonce := oauth2.GenerateVerifier(), "a state", "a nonce"
	fmt.Println(config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))

	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	fail(err)
	back, err := url.Parse(strings.TrimSpace(line))
	fail(err)
	token, err := config.Exchange(context, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	fail(err)
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: clientID}).Verify(context, raw)
	fail(err)
	fail(idToken.VerifyAccessToken(token.AccessToken))
	info, err := provider.UserInfo(context, oauth2.StaticTokenSource(token))
	fail(err)
	profile := map[string]any{}
	fail(info.Claims(&profile))
	expired := *token
	expired.Expiry = time.Now().Add(-time.Minute)
	refreshed, err := config.TokenSource(context, &expired).Token()
	fail(err)
	_, err = provider.Verifier(&oidc.Config{ClientID: "another"}).Verify(context, raw)
	fail(json.NewEncoder(os.Stdout).Encode(map[string]any{"state": back.Query().Get("state") == state, "nonce": idToken.Nonce == nonce, "same_subject": idToken.Subject == info.Subject,
		"name": profile["preferred_username"], "refreshed": refreshed.AccessToken != token.AccessToken, "of_another_client": err != nil}))
}
