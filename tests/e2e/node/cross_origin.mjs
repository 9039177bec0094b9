// SPDX-License-Identifier: Apache-2.0
// cross_origin.mjs URL FOLDER: pages of other origins attack somebody who is signed in, with all that a browser lets
// them: forms of three kinds, scripts that ask without reading, frames, and a log-in as the attacker. One of the
// origins is another site; one is our own host on another port, and one a subdomain of our host (both the same site, so
// that browsers send our cookies), which sets cookies for our host as well.
// Writes one JSON line: what each attack was answered, and who is signed in afterwards.
import {open, signIn} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password, ATTACKER: attacker} = process.env;
// A newer Chromium lets no page of the internet ask a server of this machine; users of others have no such guard.
const {context, page, close} = await open(url, folder, {args: ['--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests']});
const {hostname, port} = new URL(url);
const origins = {site: 'http://evil.example', port: `http://${hostname}:${+port === 18080 ? 18081 : 18080}`, subdomain: `http://evil.${hostname}:${port}`};
for (const origin of Object.values(origins))
  await context.route(`${origin}/**`, (route) => route.fulfill({contentType: 'text/html', body: '<!doctype html><title>evil</title><h1>evil</h1>'}));

const targets = [
  ['/account/password', {current_password: password, new_password: `${password}-evil`}],
  ['/account/close', {username}],
  ['/account/address', {email: 'evil@example.com'}],
  ['/account/language', {language: 'de'}],
  ['/sign-out', {}],
  ['/sign-in', {username: attacker, password}],
  ['/sign-up', {username: 'made-by-evil', password}],
  ['/logout', {}],
  ['/login', {username: attacker, password, mode: 'cookie'}],
  ['/register', {username: 'made-by-evil', password}],
  ['/password', {current_password: password, new_password: `${password}-evil`}],
];
const evil = await context.newPage();
const seen = {answers: [], after: [], frames: [], set: [], afterCookies: []};

// What the page there is shown of the answer does not matter, so what counts is what the server said.
async function attack(kind, path, work) {
  const answer = evil.waitForEvent('response', (response) => response.request().method() === 'POST' && response.url() === url + path);
  await work();
  seen.answers.push([kind, path, (await answer).status()]);
}

const form = (path, fields, enctype) => Promise.all([evil.waitForNavigation(), evil.evaluate(([action, values, type]) => {
  const made = Object.assign(document.createElement('form'), {action, method: 'post', enctype: type});
  for (const [name, value] of Object.entries(values)) made.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
  document.body.append(made);
  made.submit();
}, [url + path, fields, enctype])]);
// JSON that a form can send: its one field is cut by the '=' that the browser writes.
const jsonIn = (fields) => ({[JSON.stringify({...fields, x: ''}).slice(0, -2)]: '"}'});

const ask = (path, type, body) => evil.evaluate(([target, sent, media]) =>
  fetch(target, {method: 'POST', mode: 'no-cors', credentials: 'include', headers: {'Content-Type': media}, body: sent}).then(() => 1, () => 0), [url + path, body, type]);

for (const [where, origin] of Object.entries(origins)) {
  for (const signedIn of [true, false]) {
    await context.clearCookies();
    if (signedIn) await signIn(page, `${url}/sign-in`, username, password);
    // Whoever is signed out can be signed in as somebody else, and no more.
    for (const [path, fields] of targets.filter(([path]) => signedIn || /sign-in|sign-up|login|register/.test(path))) {
      const ways = {
        form: () => form(path, fields, 'application/x-www-form-urlencoded'),
        parts: () => form(path, fields, 'multipart/form-data'),
        text: () => form(path, jsonIn(fields), 'text/plain'),
        script: () => ask(path, 'application/x-www-form-urlencoded', new URLSearchParams(fields).toString()),
        json: () => ask(path, 'text/plain', JSON.stringify(fields)),
      };
      for (const [kind, way] of Object.entries(ways)) {
        // A script that asked left its page as it was; a form leads away from it.
        if (evil.url() !== `${origin}/`) await evil.goto(`${origin}/`);
        await attack(`${where} ${signedIn ? 'in' : 'out'} ${kind}`, path, way);
      }
    }
    await page.goto(`${url}/account`);
    seen.after.push([signedIn, new URL(page.url()).pathname, await page.locator('header').innerText()]);
  }
  await signIn(page, `${url}/sign-in`, username, password);
  await evil.goto(`${origin}/`);
  for (const path of ['/account', '/account/close', '/sign-in', '/docs']) {
    await evil.evaluate((src) => new Promise((loaded) => {
      document.body.append(Object.assign(document.createElement('iframe'), {src, onload: loaded}));
    }), url + path);
    const shown = await Promise.all(evil.frames().slice(1).map((frame) => frame.locator('main, #swagger-ui').allInnerTexts()));
    seen.frames.push(shown.flat().join());
  }
}

// Cookies of ours under their own names, and as older browsers could be made to send them: without a name, in other
// letters, with a space before it; for the path of the account too, as the longer path is sent first.
await context.clearCookies();
await signIn(page, `${url}/sign-in`, username, password);
const names = ['', '-refresh', '-device', '-form', '-language', '-done'].map((name) => `__Host-keyhold${name}`);
await evil.goto(`${origins.subdomain}/`);
await evil.evaluate(([all, host]) => {
  for (const name of all)
    for (const spelled of [name, `=${name}`, name.toLowerCase(), ` ${name}`])
      for (const more of ['', '; secure', '; path=/account', '; secure; path=/account'])
        document.cookie = `${spelled}=evil; domain=${host}${more}`;
  document.cookie = `plain=evil; domain=${host}`;
  return document.cookie;  // what is read here has been written: a browser writes cookies behind the script's back
}, [names, hostname]);
seen.set = (await context.cookies(url)).filter((cookie) => cookie.value.includes('evil')).map((cookie) => cookie.name);
await page.goto(`${url}/account`);
seen.afterCookies.push(new URL(page.url()).pathname, await page.locator('header').innerText());
await close();
console.log(JSON.stringify(seen));
