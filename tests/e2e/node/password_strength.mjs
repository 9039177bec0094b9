// SPDX-License-Identifier: Apache-2.0
// What the page to sign up says of a password while it is typed, in a real Chromium:
//   BROWSER=chromium node password_strength.mjs URL FOLDER
import {open, picture} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const seen = {asked: []};
for (const colorScheme of ['light', 'dark'])
  for (const width of [390, 1280]) {
    const {page, problems, close} = await open(url, folder, {colorScheme, viewport: {width, height: 900}});
    page.on('request', (request) => {
      if (request.url().includes('password-strength')) seen.asked.push(`${request.method()} ${request.url().slice(url.length)}`);
    });
    const line = page.locator('[data-judges]');
    const type = async (text, says) => {
      await page.locator('#password').fill('');
      await page.locator('#password').pressSequentially(text);
      await page.locator('[data-judges]', {hasText: says}).waitFor();
      await picture(page, `strength-${colorScheme}-${width}-${text.length}`);
      return {text: await line.innerText(), good: await line.evaluate((one) => one.classList.contains('good'))};
    };
    await page.goto(`${url}/sign-up`);
    seen.before = await line.innerText();
    seen.live = await line.getAttribute('aria-live');
    await page.locator('#username').fill('quoxalith.verbann');
    seen.short = await type('short', 'characters');
    seen.weak = await type('password123', 'easy to guess');
    seen.good = await type('correct horse battery staple', 'hard to guess');
    seen.name = await type('Quoxalith-Verbann', 'the username');
    await page.locator('#username').fill('ann');
    await page.locator('.hint.good').waitFor();
    await page.locator('#password').fill('');
    await page.waitForFunction(() => document.querySelector('[data-judges]').textContent === '');
    seen.password = await page.locator('#password').evaluate((one) => one === document.activeElement);
    // A server that does not answer, or has had enough, keeps nobody from sending the form.
    await page.route('**/password-strength', (route) => route.abort());
    const failed = page.waitForEvent('requestfailed');
    await page.locator('#password').pressSequentially('another-one');
    await failed;
    seen.silent = await line.innerText();
    seen.problems = problems.filter((text) => !text.includes('ERR_FAILED'));
    await close();
  }
console.log(JSON.stringify(seen));
process.exit(0);
