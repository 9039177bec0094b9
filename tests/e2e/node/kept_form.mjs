// SPDX-License-Identifier: Apache-2.0
// A form of /admin that is sent when its session has ended, in a real Chromium. TOKEN ends all sessions of the account:
//   USERNAME=... PASSWORD=... TOKEN=... SCRIPTS=on|off node kept_form.mjs URL FOLDER
import {bringAxe, violationsOn} from './axe_rules.mjs';
import {open, picture} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password, SCRIPTS: scripts, TOKEN: token} = process.env;
const {page, problems, close} = await open(url, folder, {javaScriptEnabled: scripts === 'on'});
const seen = {problems, found: [], again: null};

// Clicks, and waits for the answer to the form.
async function send(button) {
  await Promise.all([page.waitForResponse((answer) => answer.request().isNavigationRequest()), page.locator(button).click()]);
  await page.waitForLoadState();
}

const signIn = 'form[action$="sign-in"] button:not([type])';
await page.goto(`${url}/sign-in`);
await page.fill('#username', username);
await page.fill('#password', password);
await send(signIn);
await page.goto(`${url}/admin/users/new`);
const ended = await fetch(`${url}/logout/all`, {method: 'POST', headers: {Authorization: `Bearer ${token}`}});
if (!ended.ok) throw new Error(`${ended.status} ${await ended.text()}`);
await page.fill('#days', '30');
await page.selectOption('#role', 'editor');
await send('form[action$="admin/users/invite"] button');
seen.asked = await page.locator('h1').innerText();
seen.why = await page.locator('h1 + p').innerText();
seen.name = await page.inputValue('#username');
if (scripts === 'on') await bringAxe(page);  // which is a script
for (const [colorScheme, width] of [['light', 360], ['light', 1280], ['dark', 360], ['dark', 1280]]) {
  await page.emulateMedia({colorScheme});
  await page.setViewportSize({width, height: 800});
  for (const {id, nodes} of scripts === 'on' ? await violationsOn(page) : []) seen.found.push(`${colorScheme} ${width}: ${id} ${nodes.map((node) => node.target).join(' ')}`);
  await picture(page, `kept-form-${scripts}-${colorScheme}-${width}`);
}
await page.fill('#username', username);
await page.fill('#password', 'pa55-wrong');
await send(signIn);
seen.refused = await page.locator('[role="alert"]').innerText();
await page.fill('#password', password);
if (scripts === 'on') {
  // The page that the log-in is answered with sends the form before anybody can look at it.
  await Promise.all([page.waitForResponse((answer) => answer.url().endsWith('/admin/users/invite')), page.locator(signIn).click()]);
  await page.waitForURL('**/admin/users/invite');
} else {
  await send(signIn);
  seen.again = await page.locator('h1').innerText();
  await picture(page, 'kept-form-again');
  await send('main form button:not([type])');
}
await page.waitForLoadState();
seen.done = page.url().slice(url.length);
seen.until = await page.locator('main time').first().getAttribute('datetime');
seen.text = await page.locator('main').innerText();
await close();
console.log(JSON.stringify(seen));
