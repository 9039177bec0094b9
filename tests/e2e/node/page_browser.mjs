// SPDX-License-Identifier: Apache-2.0
// A Chromium that asks nobody but the server, and tells what a page complains of.
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];

// A picture into the folder KEYHOLD_TEST_SCREENSHOTS, if that is set: each takes longer than what is tested beside it.
export async function picture(page, name) {
  const folder = process.env.KEYHOLD_TEST_SCREENSHOTS;
  if (folder) await page.screenshot({path: join(folder, `${name}.png`), fullPage: true});
}

// By the form at /sign-in, or at the page that one is sent there from. Done when the page after it has loaded.
export async function signIn(page, at, username, password) {
  await page.goto(at);
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await Promise.all([page.waitForNavigation(), page.locator('main form > button').click()]);
}

// `args`: more of Chromium's; the other options are Playwright's.
export async function open(url, folder, {args = [], ...options} = {}) {
  const context = await chromium.launchPersistentContext(mkdtempSync(join(folder, 'profile-')), {
    executablePath: process.env.BROWSER ?? '/usr/bin/chromium', headless: true, args: [...quiet, ...args], viewport: {width: 1280, height: 900},
    locale: 'en-GB', ...options});
  const problems = [];
  await context.route('**/*', (route) => {
    if (new URL(route.request().url()).origin === new URL(url).origin) return route.continue();
    problems.push(`outside request: ${route.request().url()}`);
    return route.abort();
  });
  const page = context.pages()[0] ?? await context.newPage();
  page.setDefaultTimeout(60000);
  page.on('console', (message) => {
    // Chromium notes on the console that a document was answered with 4xx, which is what an error page is.
    if (['error', 'warning'].includes(message.type()) && !/status of 4\d\d/.test(message.text()))
      problems.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(`page: ${error}`));
  return {context, page, problems, close: () => context.close()};
}
