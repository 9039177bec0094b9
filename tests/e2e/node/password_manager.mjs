// SPDX-License-Identifier: Apache-2.0
// Chromium's own password manager on our pages: whether it would save what is typed at /sign-up, fills in /sign-in by
// itself, and would update it at /account/password. What it decides stands in chrome://password-manager-internals.
//   PASSWORD=... node password_manager.mjs URL FOLDER
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const [url, folder] = process.argv.slice(2);
const {BROWSER: executablePath = '/usr/bin/chromium', PASSWORD: password} = process.env;
// An automated browser has no password manager, so what makes it one is left out.
const context = await chromium.launchPersistentContext(mkdtempSync(join(folder, 'profile-')), {
  executablePath, headless: false, ignoreDefaultArgs: ['--enable-automation', '--use-mock-keychain', '--disable-features'],
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--password-store=basic']});
const seen = {};
try {
  const log = await context.newPage();
  await log.goto('chrome://password-manager-internals');
  const told = async () => (await log.evaluate(() => document.body.innerText)).split('\n');
  // The last word of its that begins so, once there are more of them than before.
  const asks = async (page, act) => {
    const before = (await told()).filter((line) => line.includes('Show password prompt')).length;
    await act();
    await log.waitForFunction((count) => document.body.innerText.split('Show password prompt').length - 1 > count, before);
    const states = (await told()).filter((line) => line.includes('The new state of the UI'));
    return states.at(-1).match(/UI:\s+(\w+)/)[1];
  };
  const press = (page) => page.locator('main form button:not([type])').click();
  const filled = async (page, count) => {
    await page.waitForFunction((wanted) => document.querySelectorAll('input:autofill').length === wanted, count);
    return page.evaluate(() => [...document.querySelectorAll('input:autofill')].map((field) => field.id));
  };

  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  await page.goto(`${url}/sign-up`);
  await page.locator('#username').fill('keeper');
  await page.locator('#password').fill(password);
  seen.signUp = await asks(page, () => press(page));
  await page.waitForURL(`${url}/account`);

  // What somebody does who answers "Save", as nobody can press that here.
  const store = await context.newPage();
  await store.goto('chrome://password-manager/passwords');
  await store.evaluate(([to, secret]) => chrome.passwordsPrivate.addPassword({url: `${to}/`, username: 'keeper', password: secret, note: '', useAccountStore: false}), [url, password]);

  await page.goto(`${url}/sign-out`);
  await press(page);
  await page.goto(`${url}/sign-in`);
  seen.signIn = await filled(page, 2);
  await press(page);
  await page.waitForURL(`${url}/account`);
  seen.signedIn = (await page.locator('header').innerText()).includes('keeper');

  await page.goto(`${url}/account/password`);
  seen.current = await filled(page, 1);
  await page.locator('[name=new_password]').fill(`${password}-2`);
  seen.changed = await asks(page, () => press(page));
  console.log(JSON.stringify(seen));
} finally {
  await context.close();
}
process.exit(0);
