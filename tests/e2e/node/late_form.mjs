// SPDX-License-Identifier: Apache-2.0
// A form of /admin that is sent when the password was shown too long ago, in a real Chromium:
//   BROWSER=chromium USERNAME=... PASSWORD=... SCRIPTS=on|off node late_form.mjs URL COMMAND-THAT-AGES-THE-SESSION...
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";

const [url, ...age] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const seen = { errors: [] };
try {
  const page = await (await browser.newContext({ javaScriptEnabled: process.env.SCRIPTS === "on" })).newPage();
  page.setDefaultTimeout(30000);
  page.on("console", (said) => said.type() === "error" && !/status of 4\d\d/.test(said.text()) && seen.errors.push(said.text()));
  const send = async (button) => {
    await Promise.all([page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() !== 307), page.locator(button).click()]);
    await page.waitForLoadState();
  };
  const password = 'form[action$="account/confirm"] button:not([type])';
  await page.goto(`${url}/sign-in`);
  await page.fill("#username", process.env.USERNAME);
  await page.fill("#password", process.env.PASSWORD);
  await send("main form button:not([type])");
  await page.goto(`${url}/admin/users/new`);
  execFileSync(age[0], age.slice(1));
  await page.fill("#days", "30");
  await page.selectOption("#role", "editor");
  await send('form[action$="admin/users/invite"] button');
  seen.asked = await page.locator("h1").innerText();
  seen.name = await page.inputValue("#username");
  await page.fill("#password", "pa55-wrong");
  await send(password);
  seen.refused = await page.locator('[role="alert"]').innerText();
  await page.fill("#password", process.env.PASSWORD);
  await send(password);
  seen.done = new URL(page.url()).pathname;
  seen.until = await page.locator("main time").first().getAttribute("datetime");
  seen.text = await page.locator("main").innerText();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
