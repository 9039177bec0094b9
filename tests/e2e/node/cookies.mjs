// SPDX-License-Identifier: Apache-2.0
// A page of our own origin in a real Chromium: logs in with mode=cookie, and sees what scripts see.
//   BROWSER=chromium USERNAME=... PASSWORD=... node cookies.mjs URL
import { chromium } from "playwright-core";

const url = process.argv[2];
const browser = await chromium.launch({
  executablePath: process.env.BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage();
  await page.goto(`${url}/docs`);
  const seen = await page.evaluate(async ({ username, password }) => {
    const post = (path, body) =>
      fetch(path, { method: "POST", headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
    const login = (await post("/login", { username, password, mode: "cookie" })).status;
    const greeting = await (await fetch("/protected")).json();
    const script = document.cookie;
    const refresh = (await post("/refresh")).status;
    const logout = (await post("/logout")).status;
    const after = (await fetch("/protected")).status;
    return { login, greeting, script, refresh, logout, after };
  }, { username: process.env.USERNAME, password: process.env.PASSWORD });
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
