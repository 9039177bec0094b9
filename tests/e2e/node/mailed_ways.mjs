// SPDX-License-Identifier: Apache-2.0
// mailed_ways.mjs URL FOLDER: somebody who follows the links of mails, from the inbox of `keyhold dev`: confirms an
// address, changes it, sets a forgotten password, comes by a link and by an invitation.
// SCRIPTS=off switches JavaScript off; LINK and INVITED are what the command line has made. Writes one JSON line.
import {open, picture} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password, SCRIPTS: scripts = 'on', LINK: link, INVITED: invited} = process.env;
const {page, problems, close} = await open(url, folder, {javaScriptEnabled: scripts === 'on'});
const main = page.getByRole('main');
const seen = {};
let shots = 0;

const where = () => new URL(page.url()).pathname;
const heading = () => page.locator('h1').innerText();
const told = () => main.getByRole('status').innerText();
const goTo = (path) => page.goto(url + path);

async function send(fields, button) {
  for (const [label, text] of Object.entries(fields)) await main.getByLabel(label, {exact: true}).fill(text);
  await picture(page, `mailed-${scripts}-${++shots}`);
  await Promise.all([page.waitForNavigation(), main.getByRole('button', {name: button, exact: true}).click()]);
}

const signIn = (as, typed) => send({'Name or e-mail address': as, Password: typed}, 'Sign in');

async function signOut() {
  await page.locator('header').getByRole('button', {name: 'Sign out'}).click();
  await page.waitForURL('**/sign-out');
}

// The link of the mail of that subject, which is on its way when the page that asked for it has been answered.
async function follow(subject) {
  const card = main.locator('.cards > li').filter({has: page.locator('strong', {hasText: subject})});
  for (await goTo('/dev/inbox'); await card.count() === 0;) await main.getByRole('link', {name: 'Load again'}).click();
  await Promise.all([page.waitForNavigation(), card.first().getByRole('link').first().click()]);
}

await goTo('/sign-up');
await send({Name: username, 'E-mail address': 'old@example.com', Password: password}, 'Create the account');
if (where() === '/sign-in') await signIn(username, password);
await follow('Confirm your address');
seen.verify = await heading();
await send({}, 'Confirm the address');
seen.verified = await told();

await goTo('/account/address');
await send({'New e-mail address': 'new@example.com'}, 'Send the mails');
seen.asked = await told();
await follow('Confirm your new address');
await send({}, 'Confirm the address');
seen.oneSide = await told();
await follow('Agree to the new address');
await send({}, 'Agree');
seen.changed = await told();

await goTo('/account');
await signOut();
await goTo('/forgot');
await send({'E-mail address': 'new@example.com'}, 'Send the mail');
seen.forgotten = await told();
await follow('Set a new password');
await send({'New password': 'short'}, 'Set the password');
seen.refused = await page.title();
await send({'New password': `${password}-2`}, 'Set the password');
seen.reset = await main.innerText();
await goTo('/sign-in');
await signIn('new@example.com', `${password}-2`);
seen.signedIn = where();
await signOut();

await page.goto(link);
seen.link = await heading();
await send({}, 'Sign in');
seen.cameByLink = where();
await signOut();
await page.goto(link);
seen.usedLink = await heading();

await page.goto(invited);
await send({Name: `${username}-2`, Password: password}, 'Create the account');
if (where() === '/sign-in') await signIn(`${username}-2`, password);
seen.cameByInvitation = await page.locator('header').innerText();

seen.problems = problems;
await close();
console.log(JSON.stringify(seen));
