// SPDX-License-Identifier: Apache-2.0
// import_file.mjs URL FOLDER: files that an owner chooses at /admin/import, as they come into the form or are refused.
// Writes one JSON line.
import {open, signIn} from './page_browser.mjs';

const [url, folder] = process.argv.slice(2);
const {USERNAME: username, PASSWORD: password} = process.env;
const {page, problems, close} = await open(url, folder);
await signIn(page, `${url}/sign-in`, username, password);
await page.goto(`${url}/admin/import`);
const chooser = page.locator('#file'), records = page.locator('#records');
const said = (field) => field.evaluate((element) => element.validationMessage);
const seen = {};

async function choose(name, buffer) {
  await chooser.setInputFiles({name, mimeType: 'text/plain', buffer: Buffer.from(buffer)});
  // The file is read by then, or refused.
  await page.waitForFunction(() => document.querySelector('#file').validationMessage || document.querySelector('#records').value);
  const result = {refused: await said(chooser), records: await records.inputValue(), format: await page.locator('#format').inputValue()};
  await records.fill('');
  return result;
}

seen.text = await choose('users.csv', 'username\nm\u00fcller\n');
seen.lines = await choose('users.jsonl', '{"username": "ann"}');
seen.latin = await choose('users.csv', Buffer.from('username\nm\u00fcller\n', 'latin1'));
seen.large = await choose('users.csv', 'x'.repeat(70000));
// Shorter than the limit, and longer as a form sends it.
await records.fill('$'.repeat(30000));
seen.typed = await said(records);
await records.fill('$'.repeat(3000));
seen.fits = await said(records);
await close();
console.log(JSON.stringify({...seen, problems}));
