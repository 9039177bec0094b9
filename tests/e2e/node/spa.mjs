// SPDX-License-Identifier: Apache-2.0
// examples/spa in two tabs of a real Chromium, and what a page of an origin that is not listed can do beside it:
//   BROWSER=chromium USERNAME=... PASSWORD=... node spa.mjs PAGE-URL UNLISTED-URL KEYHOLD-URL
// It stops at "end-the-session" and goes on when a line comes on its input, so that the test can end it elsewhere.
import { chromium } from "playwright-core";
import { createInterface } from "node:readline";

const [url, unlisted, base] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const seen = {};
try {
  const context = await browser.newContext();
  const errors = [];
  const open = async (at = url) => {
    const page = await context.newPage();
    page.setDefaultTimeout(60000);
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(at);
    return page;
  };
  const greeted = async (page) => {
    await page.locator("#signed-in:not([hidden])").waitFor();
    return page.locator("#greeting").innerText();
  };
  const asked = async (page) => {
    await page.locator("#sign-in:not([hidden])").waitFor();
    return page.locator("#said").innerText();
  };
  const signIn = async (page, password) => {
    await page.locator("#username").fill(process.env.USERNAME);
    await page.locator("#password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };

  const one = await open();
  seen.nobody = await asked(one);
  await signIn(one, "pa55-wrong");
  await one.waitForFunction(() => document.getElementById("said").textContent);
  seen.wrong = await asked(one);
  await signIn(one, process.env.PASSWORD);
  seen.one = await greeted(one);
  const other = await open();
  seen.other = await greeted(other);
  await one.reload();
  seen.reloaded = await greeted(one);
  seen.scripts = await one.evaluate(() => document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }));

  await context.clearCookies({ name: "__Host-keyhold" }); // as a browser does when its time is over
  const refreshed = [];
  context.on("response", (answer) => new URL(answer.url()).pathname === "/refresh" && answer.request().method() === "POST" && refreshed.push(answer.status()));
  const again = (page) => Promise.all([page.waitForResponse((answer) => new URL(answer.url()).pathname === "/protected" && answer.status() === 200), page.getByRole("button", { name: "Ask again" }).click()]);
  await Promise.all([again(one), again(other)]);
  seen.expired = [await greeted(one), await greeted(other)];
  seen.refreshed = [...refreshed];

  // A page of the same site whose origin is not listed: the browser sends its cookies all the same.
  const stranger = await open(unlisted);
  seen.stranger = await stranger.evaluate(async (to) => {
    const tried = {};
    for (const [path, method] of [["/protected", "GET"], ["/logout", "POST"], ["/refresh", "POST"]])
      tried[path] = await fetch(to + path, { method, credentials: "include" }).then((answer) => answer.status, () => "unreadable");
    await fetch(to + "/logout", { method: "POST", credentials: "include", mode: "no-cors" });
    return tried;
  }, base);
  await again(one);
  seen.afterStranger = await greeted(one);

  console.error("end-the-session");
  await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", resolve));
  await one.getByRole("button", { name: "Ask again" }).click();
  seen.over = [await asked(one), await asked(other)];

  await signIn(other, process.env.PASSWORD);
  seen.back = [await greeted(one), await greeted(other)];
  await one.getByRole("button", { name: "Sign out" }).click();
  seen.signedOut = [await asked(one), await asked(other)];
  await other.reload();
  seen.stillOut = await asked(other);
  seen.errors = errors;
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
process.exit(0);
