// SPDX-License-Identifier: Apache-2.0
// A search among the users while it is typed, in a real Chromium:
//   BROWSER=chromium USERNAME=... PASSWORD=... node user_search.mjs URL FOLDER
import {open, picture, signIn} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password} = process.env;
const {page, problems, close} = await open(url, folder);
const names = () => page.locator('tbody bdi').allInnerTexts();
// Until the table holds these names alone.
const settled = (wanted) => page.waitForFunction((all) =>
  [...document.querySelectorAll('tbody td a bdi')].map((one) => one.textContent).join() === all, wanted.join());
const query = () => Object.fromEntries([...new URL(page.url()).searchParams].filter(([name]) => name !== 'by'));
const seen = {};
try {
  await signIn(page, `${url}/sign-in?return_to=/admin/users`, username, password);  // the script listens now, and this is not one of `loads`
  let loads = 0;
  page.on('load', () => { loads += 1; });
  seen.all = await names();
  seen.said = await page.getByRole('status').innerText();

  // The answer for "a" comes when that for "an" is there already, and changes nothing any more.
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route(/text=a&/, async (route) => { await held; await route.continue().catch(() => {}); });
  const first = page.waitForRequest(/text=a&/), aborted = page.waitForEvent('requestfailed');
  await page.locator('#text').pressSequentially('a');
  await first;
  await page.locator('#text').pressSequentially('n');
  seen.aborted = (await aborted).url().includes('text=a&');
  await settled(['ann', 'anton']);
  release();
  seen.typed = {names: await names(), query: query(), loads, said: await page.getByRole('status').innerText(),
                focus: await page.locator('#text').evaluate((one) => one === document.activeElement && one.selectionStart)};
  seen.time = await page.locator('tbody time').first().innerText();
  await page.locator('summary').click();
  seen.copies = await page.locator('[data-copies]').first().isVisible();
  await picture(page, 'search');

  await page.locator('#text').fill('ant');
  await settled(['anton']);
  await page.locator('#state').selectOption('disabled');
  await page.locator('[role=status]', {hasText: 'Nobody matches'}).waitFor();
  seen.filtered = query();
  await page.goBack();
  await settled(['anton']);
  seen.back = {query: query(), text: await page.locator('#text').inputValue(), state: await page.locator('#state').inputValue()};
  // Somebody looked at something else in between, so "an" is a step of its own.
  await page.goBack();
  await settled(['ann', 'anton']);
  await page.goBack();
  await settled(seen.all);
  seen.further = {query: query(), text: await page.locator('#text').inputValue(), loads};
  await page.goForward();
  await settled(['ann', 'anton']);
  await page.goForward();
  await settled(['anton']);
  await page.locator('tbody a').first().click();
  await page.locator('h1', {hasText: 'anton'}).waitFor();
  await page.goBack();
  await settled(['anton']);
  seen.returned = {query: query(), text: await page.locator('#text').inputValue()};

  // Whose session is over is asked to sign in, and comes back to the search.
  await page.context().clearCookies();
  await page.locator('#text').fill('b');
  await page.waitForURL(/sign-in/);
  seen.over = new URL(page.url()).searchParams.get('return_to');
  seen.problems = problems;
  console.log(JSON.stringify(seen));
} finally {
  await close();
}
process.exit(0);
