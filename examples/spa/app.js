// SPDX-License-Identifier: Apache-2.0
// A page on an origin of its own, beside a Keyhold of the same site (docs/pages.md#a-front-end-on-an-origin-of-its-own).
// The tokens are in Keyhold's cookies, which no script can read, so there is nothing here to keep or to lose: a tab that
// is opened or loaded again asks who is signed in, and asks Keyhold for it.
import { keyhold } from "./keyhold.js";

const base = document.querySelector("meta[name=keyhold]").content;
const auth = keyhold({ base });
const part = (id) => document.getElementById(id);

function show(greeting, said = "") {
  part("signed-in").hidden = !greeting;
  part("sign-in").hidden = Boolean(greeting);
  part("greeting").textContent = greeting ?? "";
  part("said").textContent = said;
}

// A 401 is answered by a refresh first, and shown only if there is no session any more (keyhold.js).
async function look(otherwise = "") {
  try {
    const answer = await auth.fetch(`${base}/protected`);
    if (answer.ok) return show((await answer.json()).message);
    if (answer.status === 401) return show(null, otherwise);
    part("said").textContent = (await answer.json()).detail;
  } catch {
    part("said").textContent = "The server cannot be reached.";
  }
}

part("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password } = event.target.elements;
  try {
    const answer = await auth.signIn(username.value, password.value);
    if (!answer.ok) return show(null, (await answer.json()).detail);
    event.target.reset();
  } catch {
    part("said").textContent = "The server cannot be reached.";
  }
});
part("ask").addEventListener("click", () => look("Your session is over. Sign in again."));
part("sign-out").addEventListener("click", () => auth.signOut());

// In all tabs, whichever of them it was done in.
auth.onChange((signedIn) => (signedIn ? look() : show(null, "You are signed out.")));
look();
