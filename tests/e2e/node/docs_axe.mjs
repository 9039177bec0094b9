// SPDX-License-Identifier: Apache-2.0
// docs_axe.mjs URL FOLDER PATH...: what axe-core finds on pages that a library draws, once it has drawn them: light and
// dark, narrow and wide. Writes one JSON line.
import {bringAxe, violationsOn} from './axe_rules.mjs';
import {open, picture} from './page_browser.mjs';

const [url, folder, ...paths] = process.argv.slice(2);
const {page, problems, close} = await open(url, folder);
const looks = [['light', 1280], ['dark', 1280], ['dark', 390]];
const found = [], fields = [];
let pages = 0;

// Each draws the routes last, and the one for deleting a key is among them.
const drawnLast = () => page.waitForFunction(() => document.body.innerText.includes('/admin/api/keys/{kid}'), null, {timeout: 90000});

// An operation of each method, and the dialog in which one logs in: neither is drawn before somebody asks for it.
const openEverything = async () => {
  if (await page.locator('.dialog-ux').count()) return;
  for (const method of ['get', 'post', 'put', 'delete']) {
    await page.locator(`.opblock-${method} .opblock-summary-control`).first().click();
    await page.locator(`.opblock-${method}.is-open .execute`).first().waitFor();
  }
  await page.locator('.scheme-container .btn.authorize').click();
  await page.locator('#oauth_username').waitFor();
  fields.push(await page.locator('.dialog-ux label:visible').allInnerTexts());
};

for (const path of paths) {
  let drawn = '';
  for (const [colorScheme, width] of looks) {
    await page.setViewportSize({width, height: 800});
    if (drawn !== colorScheme) {
      await page.goto('about:blank');
      await page.emulateMedia({colorScheme});
      await page.goto(url + path);
      await drawnLast();
      await bringAxe(page);
      drawn = colorScheme;
    }
    if (path === '/docs') await openEverything();
    for (const {id, nodes} of await violationsOn(page)) found.push(`${path} ${colorScheme} ${width}: ${id} ${nodes.length} times, ${nodes[0].target}`);
    pages += 1;
    await picture(page, `${path.slice(1)}-${colorScheme}-${width}`);
  }
  // It is dark now. Who has it open in the morning, when the system becomes light again, can read it.
  const dark = await page.evaluate(() => getComputedStyle(document.querySelector('h1, h2')).color);
  await page.emulateMedia({colorScheme: 'light'});
  await page.waitForFunction((before) => {
    const title = document.querySelector('h1, h2');
    return title && getComputedStyle(title).color !== before;
  }, dark, {timeout: 90000});
}
await close();
// Without a script there is a line with a link, on the ground that the system has.
const plain = await open(url, folder, {javaScriptEnabled: false, colorScheme: 'dark'});
const grounds = [];
for (const path of paths) {
  await plain.page.goto(url + path);
  grounds.push(await plain.page.evaluate(() => getComputedStyle(document.body).backgroundColor));
}
await plain.close();
console.log(JSON.stringify({found, problems, pages, grounds, fields}));
