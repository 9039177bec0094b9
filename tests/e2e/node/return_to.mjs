// SPDX-License-Identifier: Apache-2.0
// The way from a page of another origin to /sign-in and /sign-up and back, in a real Chromium:
//   BROWSER=chromium USERNAME=... PASSWORD=... node return_to.mjs LISTED-URL UNLISTED-URL KEYHOLD-URL
import { chromium } from "playwright-core";

const [listed, unlisted, base] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const seen = { errors: [] };
// Signs in or up by a form that knows where to go on to; answers where that was.
const go = async (path, target, username, tries = [process.env.PASSWORD]) => {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(30000);
  page.on("console", (said) => said.type() === "error" && /Content Security Policy/.test(said.text()) && seen.errors.push(said.text()));
  await page.goto(`${base}${path}?return_to=${encodeURIComponent(target)}`);
  for (const password of tries) {
    await page.locator("#username").fill(username);
    await page.locator("#password").fill(password);
    await Promise.all([page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.request().method() === "POST"), page.locator("main form button:not([type])").click()]);
    await page.waitForLoadState();
  }
  // Whoever is signed in already is led on at once.
  const first = page.url();
  await page.goto(`${base}/sign-in?return_to=${encodeURIComponent(target)}`);
  return [first, page.url()];
};
try {
  const name = process.env.USERNAME;
  seen.signedIn = await go("/sign-in", `${listed}/?from=sign-in`, name);
  seen.afterMistake = await go("/sign-in", `${listed}/?from=mistake`, name, ["pa55-wrong", process.env.PASSWORD]);
  seen.signedUp = await go("/sign-up", `${listed}/?from=sign-up`, `${name}-2`);
  seen.unlisted = await go("/sign-in", `${unlisted}/`, name);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
