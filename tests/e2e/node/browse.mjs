// SPDX-License-Identifier: Apache-2.0
// browse.mjs URL FOLDER [PATH [METHOD]]: a newcomer with a browser and no internet, at /docs and /redoc. The name and
// the password come from the environment. Another operation than GET /protected may be executed. Writes one JSON line
// of what was seen.
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {picture} from './page_browser.mjs';

const [url, folder, path = '/protected', method = 'get'] = process.argv.slice(2);
const {BROWSER: executablePath = '/usr/bin/chromium', USERNAME: username, PASSWORD: password} = process.env;
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];

const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
  executablePath, headless: true, args: quiet, viewport: {width: 1200, height: 1000}});
const problems = [];
await context.route('**/*', (route) => {
  if (new URL(route.request().url()).origin === new URL(url).origin) return route.continue();
  problems.push(`outside request: ${route.request().url()}`);
  return route.abort();
});

async function open(path) {
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(`page: ${error}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()} ${request.failure().errorText}`));
  await page.exposeFunction('reportViolation', (text) => problems.push(`policy: ${text}`));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) =>
    window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`)));
  await page.goto(url + path);
  return page;
}

async function authorize(page, secret) {
  await page.locator('.scheme-container button.authorize').click();
  await page.locator('#oauth_username').fill(username);
  await page.locator('#oauth_password').fill(secret);
  await page.locator('.auth-container button.modal-btn.authorize').click();
}

// Opens the block of an operation; executes it; what the page then shows.
async function execute(page) {
  const block = page.locator(`.opblock.opblock-${method}`, {has: page.locator(`[data-path="${path}"]`)});
  await block.locator('.opblock-summary-control').click();
  await block.locator('button.execute').click();
  const live = block.locator('.live-responses-table .response').first();
  await live.waitFor();
  return {
    status: (await live.locator('.response-col_status').innerText()).trim(),
    body: await live.locator('.response-col_description .highlight-code').first().innerText(),
  };
}

const seen = {};

const docs = await open('/docs');
await docs.locator('.opblock').first().waitFor();
await picture(docs, 'docs');
seen.title = await docs.locator('.info .title').innerText();
await authorize(docs, password);
await docs.locator('.auth-container button', {hasText: 'Logout'}).waitFor();
await picture(docs, 'authorized');
await docs.locator('button.btn-done').click();
seen.executed = await execute(docs);
await picture(docs, 'protected');
await docs.reload();
await docs.locator('.opblock').first().waitFor();
seen.stillAuthorized = await docs.locator('.scheme-container button.authorize.locked').count();

const redoc = await open('/redoc');
await redoc.locator('[data-section-id] h2', {hasText: /\S/}).first().waitFor();
seen.redoc = await redoc.locator('#redoc').innerText();
await redoc.locator('input[type=text], input.search-input').first().fill('protected');
await redoc.locator('[data-role="search:results"] li').first().waitFor();
seen.found = await redoc.locator('[data-role="search:results"]').innerText();
await picture(redoc, 'redoc');
seen.problems = [...problems];

// A wrong password is said in the dialog. Chromium notes every 401 on the console, so this comes last.
const refused = await open('/docs');
await refused.locator('.opblock').first().waitFor();
await authorize(refused, `${password}-wrong`);
seen.refusal = await refused.locator('.auth-container .errors').innerText();
seen.laterProblems = problems.slice(seen.problems.length).filter((text) => !text.includes('401'));
await picture(refused, 'refused');

await context.close();
console.log(JSON.stringify(seen));
