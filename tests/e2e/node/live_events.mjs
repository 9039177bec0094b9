// SPDX-License-Identifier: Apache-2.0
// /admin/events in a real Chromium while somebody registers:
//   BROWSER=chromium USERNAME=... PASSWORD=... node live_events.mjs URL FOLDER
import {open, signIn} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password} = process.env;
const {page, problems, close} = await open(url, folder);
const seen = {};
try {
  await signIn(page, `${url}/sign-in?return_to=/admin/events`, username, password);
  let loads = 1;
  page.on('load', () => { loads += 1; });
  await page.locator('[data-live]:not([hidden])').waitFor();
  const cards = page.locator('[data-stream] li', {hasText: 'newcomer'});
  seen.before = await cards.count() > 0;
  await fetch(`${url}/register`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({username: 'newcomer', password})});
  await cards.first().waitFor();
  seen.first = await page.locator('[data-stream] li').first().locator('bdi').first().innerText();
  seen.again = await cards.count();
  seen.live = await page.locator('[data-live]').isVisible();
  seen.loads = loads;
  seen.problems = problems;
  console.log(JSON.stringify(seen));
} finally {
  await close();
}
process.exit(0);
