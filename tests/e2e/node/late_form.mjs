// SPDX-License-Identifier: Apache-2.0
// A form of /admin that is sent when the password was shown too long ago, in a real Chromium:
//   USERNAME=... PASSWORD=... SCRIPTS=on|off node late_form.mjs URL FOLDER COMMAND-THAT-AGES-THE-SESSION...
import {execFileSync} from 'node:child_process';
import {bringAxe, violationsOn} from './axe_rules.mjs';
import {open, picture} from './page_browser.mjs';

const [url, folder, ...age] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password, SCRIPTS: scripts} = process.env;
const {page, problems, close} = await open(url, folder, {javaScriptEnabled: scripts === 'on'});
const seen = {problems, found: []};

// Clicks, and waits for what the form leads to; 307 is on the way to that.
async function send(button) {
  await Promise.all([page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() !== 307), page.locator(button).click()]);
  await page.waitForLoadState();
}

const confirm = 'form[action$="account/confirm"] button:not([type])';
await page.goto(`${url}/sign-in`);
await page.fill('#username', username);
await page.fill('#password', password);
await send('main form button:not([type])');
await page.goto(`${url}/admin/users/new`);
execFileSync(age[0], age.slice(1));
await page.fill('#days', '30');
await page.selectOption('#role', 'editor');
await send('form[action$="admin/users/invite"] button');
seen.asked = await page.locator('h1').innerText();
seen.name = await page.inputValue('#username');
if (scripts === 'on') await bringAxe(page);  // which is a script
for (const [colorScheme, width] of [['light', 390], ['light', 1280], ['dark', 390], ['dark', 1280]]) {
  await page.emulateMedia({colorScheme});
  await page.setViewportSize({width, height: 800});
  for (const {id, nodes} of scripts === 'on' ? await violationsOn(page) : []) seen.found.push(`${colorScheme} ${width}: ${id} ${nodes.map((node) => node.target).join(' ')}`);
  await picture(page, `late-form-${scripts}-${colorScheme}-${width}`);
}
await page.fill('#password', 'pa55-wrong');
await send(confirm);
seen.refused = await page.locator('[role="alert"]').innerText();
await page.fill('#password', password);
await send(confirm);
seen.done = page.url().slice(url.length);
seen.until = await page.locator('main time').first().getAttribute('datetime');
seen.text = await page.locator('main').innerText();
await close();
console.log(JSON.stringify(seen));
