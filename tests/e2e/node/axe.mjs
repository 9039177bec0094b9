// SPDX-License-Identifier: Apache-2.0
// axe.mjs URL FOLDER PATH...: what axe-core finds on pages, light and dark, narrow and wide, to the right and to the
// left. A path that begins with '+' is looked at by somebody who is signed in. For each '>' before a path the first
// button of the page is pressed, with whatever the form holds then; what is looked at is the answer. Writes one JSON
// line.
import {bringAxe, violationsOn} from './axe_rules.mjs';
import {open, picture, signIn} from './page_browser.mjs';

const [url, folder, ...paths] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password} = process.env;
const {page, problems, close} = await open(url, folder);
const found = [];
let pages = 0;

// A page whose content is wider than the window makes its reader scroll both ways (WCAG 1.4.10).
const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

const looks = ['light', 'dark'].flatMap((scheme) => [390, 1280].map((width) => [scheme, width]));

// What a browser would not send, as a field is empty, is sent: what the server says of it is a page too.
async function press() {
  const button = page.locator('main form:not([method=get]) button:visible:not([type=button])').first();
  await button.evaluate((one) => { one.form.noValidate = true; });
  await Promise.all([page.waitForNavigation(), button.click()]);
}

async function look(way) {
  const path = way.replace(/^>+/, '');
  await page.goto(url + path);
  for (let presses = way.length - path.length; presses > 0; --presses) await press();
  await bringAxe(page);
  for (const direction of ['ltr', 'rtl']) {
    await page.evaluate((dir) => { document.documentElement.dir = dir; }, direction);
    for (const [colorScheme, width] of looks) {
      await page.emulateMedia({colorScheme});
      await page.setViewportSize({width, height: 800});
      for (const {id, nodes} of await violationsOn(page)) found.push(`${way} ${colorScheme} ${width} ${direction}: ${id} ${nodes.map((node) => node.target).join(' ')}`);
      pages += 1;
      await picture(page, `${way.replace(/\?.*/, '').replace(/\W+/g, '-')}-${colorScheme}-${width}-${direction}`);
    }
    // Once for both colours, as neither makes anything wider.
    await page.setViewportSize({width: 320, height: 800});
    if (await overflows()) found.push(`${way} ${direction}: wider than a window of 320 px`);
  }
}

for (const path of paths.filter((path) => !path.startsWith('+'))) await look(path);
const personal = paths.filter((path) => path.startsWith('+'));
if (personal.length > 0) await signIn(page, `${url}/sign-in`, username, password);
for (const path of personal) await look(path.slice(1));
await close();
console.log(JSON.stringify({found, problems, pages}));
