// SPDX-License-Identifier: Apache-2.0
// pages.mjs URL FOLDER: somebody with a browser signs up, signs out, is refused, signs in again. Whether a keyboard does
// for all of it, keyboard.mjs says.
// SCRIPTS=off switches JavaScript off. The name and the password come from the environment. Writes one JSON line of
// what was seen.
import {open, picture} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password, SCRIPTS: scripts = 'on'} = process.env;
const {page, problems, close} = await open(url, folder, {javaScriptEnabled: scripts === 'on'});
const seen = {};
let shots = 0;
const shoot = (name) => picture(page, `${scripts}-${++shots}-${name}`);
const where = () => page.url().slice(url.length);
const title = () => page.title();

// Types into fields by their labels, and sends with Enter.
async function fill(fields) {
  for (const [label, text] of Object.entries(fields)) {
    await page.getByLabel(label, {exact: true}).focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(text);
  }
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

await page.goto(`${url}/`);
await shoot('start');
await page.getByRole('link', {name: 'Create an account'}).click();
await shoot('sign-up');
await fill({Name: username, Password: 'short'});
seen.refusedSignUp = {title: await title(), kept: await page.getByLabel('Name').inputValue(), password: await page.locator('#password').inputValue()};
await shoot('sign-up-refused');
await fill({Password: password});
seen.signedUp = where();
seen.greeted = await page.locator('header').innerText();
await shoot('account');

await page.locator('header').getByRole('button', {name: 'Sign out'}).press('Enter');
await page.waitForURL('**/sign-out');
seen.signedOut = await page.locator('h1').innerText();
await shoot('signed-out');
await page.goBack();
seen.afterBack = await page.locator('header').innerText();

await page.goto(`${url}/sign-in?return_to=/sign-out`);
await shoot('sign-in');
await fill({'Name or e-mail address': username, Password: `${password}-wrong`});
seen.refusedSignIn = {title: await title(), kept: await page.getByLabel('Name').inputValue(), error: await page.getByRole('alert').innerText()};
await shoot('sign-in-refused');
seen.scripted = await page.getByRole('button', {name: 'Show'}).isVisible();
if (scripts === 'on') {
  await page.getByRole('button', {name: 'Show'}).click();
  seen.shown = await page.locator('#password').getAttribute('type');
}
await fill({Password: password});
seen.signedIn = where();

seen.problems = problems;
await close();
console.log(JSON.stringify(seen));
