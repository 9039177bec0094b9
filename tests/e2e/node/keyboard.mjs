// SPDX-License-Identifier: Apache-2.0
// keyboard.mjs URL FOLDER: somebody with a keyboard and nothing else, from the start page to an account that is closed
// and open again: what is not reached by Tab is not there. SCRIPTS=off switches JavaScript off. Writes one JSON line.
import {open} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password, BOSS: boss, SCRIPTS: scripts = 'on'} = process.env;
const {page, problems, close} = await open(url, folder, {javaScriptEnabled: scripts === 'on'});
const seen = {unseen: []};
const where = () => page.url().slice(url.length);

// What has the focus: its tag, its text, its name, and whether one sees that it has it.
const focused = () => page.evaluate(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {what: `${element.tagName} ${element.name || ''} ${(element.getAttribute('aria-label') || element.textContent).trim().slice(0, 60)}`,
    visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && box.width > 0 && box.height > 0};
});

async function tabTo(pattern) {
  for (let presses = 0; presses < 80; ++presses) {
    await page.keyboard.press('Tab');
    const {what, visible} = await focused();
    if (!visible && !what.startsWith('BODY')) seen.unseen.push(`${where()}: ${what}`);
    if (pattern.test(what)) return;
  }
  throw new Error(`${where()}: Tab does not reach ${pattern}`);
}

async function enter() {
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function type(fields) {
  for (const [name, text] of Object.entries(fields)) {
    await tabTo(new RegExp(`^INPUT ${name} `));
    await page.keyboard.type(text);
  }
  await enter();
}

await page.goto(`${url}/`);
await tabTo(/^A {2}Create an account/);
await enter();
await type({username, password});
seen.signedUp = where();
await tabTo(/^A {2}Where I am signed in/);
await enter();
seen.sessions = where();
await page.goto(`${url}/account`);
await tabTo(/^A {2}Change the password/);
await enter();
await type({current_password: password, new_password: `${password}-2`});
seen.changed = await page.getByRole('status').innerText();
await tabTo(/^A {2}Close the account/);
await enter();
await type({username});
seen.closed = await page.locator('h1').innerText();
await page.goto(`${url}/sign-in`);
await type({username, password: `${password}-2`});
seen.back = await page.getByRole('status').innerText();
await tabTo(/^BUTTON {2}Sign out/);
await enter();
seen.signedOut = await page.locator('h1').innerText();

await page.goto(`${url}/sign-in?return_to=/admin/users?text=${username}`);
await type({username: boss, password});
await tabTo(/^INPUT user\./);
await page.keyboard.press('Space');
await enter();
seen.ticked = {where: where(), done: await page.locator('.done').count()};

seen.problems = problems;
await close();
console.log(JSON.stringify(seen));
