// SPDX-License-Identifier: Apache-2.0
// Two tabs of one browser on a Keyhold's origin, with the helper for pages (clients/js/browser.js):
//   BROWSER=chromium USERNAME=... PASSWORD=... node page_tabs.mjs URL
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const url = process.argv[2];
const source = readFileSync(new URL("../../../clients/js/browser.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const context = await browser.newContext({ bypassCSP: true }); // the helper stands in the page as a part of it would
  let refreshes = 0;
  context.on("request", (request) => (refreshes += new URL(request.url()).pathname === "/refresh" ? 1 : 0));
  const open = async () => {
    const page = await context.newPage();
    await page.goto(`${url}/docs`);
    await page.addScriptTag({ type: "module", content: source.replace("export function", "window.made = function") });
    await page.waitForFunction(() => window.made);
    await page.evaluate(() => {
      window.auth = window.made();
      window.heard = [];
      window.auth.onChange((signedIn) => window.heard.push(signedIn));
    });
    return page;
  };
  const [one, other] = [await open(), await open()];
  const ask = (page, count = 1) =>
    page.evaluate(
      async (times) => (await Promise.all(Array.from({ length: times }, () => window.auth.fetch("/protected")))).map((answer) => answer.status),
      count,
    );
  const seen = {};
  seen.before = await ask(one);
  seen.wrong = await one.evaluate(async () => {
    const answer = await window.auth.signIn("nobody", "pa55-wrong");
    return [answer.status, (await answer.json()).detail];
  });
  seen.signedIn = await one.evaluate(async (who) => (await window.auth.signIn(who.name, who.password)).status, {
    name: process.env.USERNAME,
    password: process.env.PASSWORD,
  });
  seen.greeted = await ask(other);
  refreshes = 0;
  await context.clearCookies({ name: "__Host-keyhold" }); // as if it had run out
  seen.afterwards = (await Promise.all([ask(one, 5), ask(other, 5)])).flat();
  seen.refreshes = refreshes;
  await context.clearCookies({ name: "__Host-keyhold" });
  seen.onceMore = await ask(other);
  seen.refreshesThen = refreshes;
  seen.signedOut = await one.evaluate(async () => (await window.auth.signOut()).status);
  seen.gone = await ask(other);
  await other.waitForFunction(() => window.heard.length >= 2);
  seen.heard = [await one.evaluate(() => window.heard), await other.evaluate(() => window.heard)];
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
