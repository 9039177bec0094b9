// SPDX-License-Identifier: Apache-2.0
// sign_in_to_client.mjs URL FOLDER: a person with a Chromium signs in to a web application, which openid-client wires
// by the issuer alone. CLIENT_ID, CLIENT_SECRET, USERNAME and PASSWORD come from the environment; SCRIPTS=off switches
// JavaScript off. The application listens on a port of its own. Writes one JSON line of what was seen.
import {createServer} from 'node:http';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import * as client from 'openid-client';
import {chromium} from 'playwright-core';
import {picture} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {CLIENT_ID: id, CLIENT_SECRET: secret, USERNAME: username, PASSWORD: password, SCRIPTS: scripts = 'on'} = process.env;
const application = createServer((request, response) => {
  response.writeHead(200, {'Content-Type': 'text/html'});
  // With an icon, or Chromium asks for /favicon.ico, maybe when a page of ours is there already, whose policy forbids it.
  response.end('<!doctype html><title>The application</title><link rel="icon" href="data:,"><h1>The application</h1>');
});
await new Promise((ready) => application.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${application.address().port}`;

const config = await client.discovery(new URL(url), id, undefined, client.ClientSecretBasic(secret), {execute: [client.allowInsecureRequests]});
const context = await chromium.launchPersistentContext(mkdtempSync(join(folder, 'profile-')), {
  executablePath: process.env.BROWSER ?? '/usr/bin/chromium', headless: true, javaScriptEnabled: scripts === 'on', locale: 'en-GB',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
const page = context.pages()[0] ?? await context.newPage();
page.setDefaultTimeout(60000);
const seen = {problems: []};
page.on('console', (message) => { if (message.type() === 'error') seen.problems.push(message.text()); });

async function start(more = {}) {
  const verifier = client.randomPKCECodeVerifier(), state = client.randomState(), nonce = client.randomNonce();
  const to = client.buildAuthorizationUrl(config, {
    redirect_uri: `${base}/callback`, scope: 'openid profile offline_access', state, nonce, code_challenge_method: 'S256',
    code_challenge: await client.calculatePKCECodeChallenge(verifier), ...more});
  return {to, finish: (back) => client.authorizationCodeGrant(config, new URL(back), {pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce})};
}
const isBack = (at) => at.href.startsWith(`${base}/callback`);

const first = await start({login_hint: username});
await page.goto(first.to.href);
seen.signIn = await page.title();
seen.hint = await page.getByLabel('Name').inputValue();
await page.getByLabel('Password', {exact: true}).fill(password);
await page.keyboard.press('Enter');
await page.getByRole('button', {name: 'Allow', exact: true}).waitFor();
seen.asked = await page.locator('h1').innerText();
await picture(page, `consent-${scripts}`);
await page.getByRole('button', {name: 'Allow', exact: true}).click();
await page.waitForURL(isBack);
seen.application = await page.title();
const tokens = await first.finish(page.url());
seen.claims = tokens.claims();
seen.told = await client.fetchUserInfo(config, tokens.access_token, seen.claims.sub);
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
seen.refreshed = refreshed.claims().sub === seen.claims.sub && refreshed.refresh_token !== tokens.refresh_token;

const again = await start({prompt: 'none'});  // what was allowed is remembered
await page.goto(again.to.href);
seen.again = (await again.finish(page.url())).claims().sub === seen.claims.sub;
const later = await start({prompt: 'login'});
await page.goto(later.to.href);
seen.later = await page.locator('h1').innerText();
await page.getByLabel('Password', {exact: true}).fill(password);
await page.keyboard.press('Enter');
await page.waitForURL(isBack);
seen.laterClaims = (await later.finish(page.url())).claims();

await page.goto(client.buildEndSessionUrl(config, {post_logout_redirect_uri: `${base}/left`, id_token_hint: tokens.id_token, state: 's'}).href);
seen.left = page.url().slice(base.length);
await client.tokenRevocation(config, refreshed.refresh_token);
seen.revoked = await client.refreshTokenGrant(config, refreshed.refresh_token).then(() => 'refreshed', (error) => error.error);
await context.close();
application.close();
console.log(JSON.stringify(seen));
