// SPDX-License-Identifier: Apache-2.0
// For pages on the origin of a Keyhold, whose tokens are in cookies that no script can read, or on another origin of the
// same site that it lists in cookie_origins: then `base` is Keyhold's own ("https://auth.example.com"). When the access
// cookie has run out, one of all tabs refreshes it (Web Locks), and the others find that it was done.
const LOCK = "keyhold-refresh";
// When a tab last did. In a cookie, as all tabs see that at once: what one writes to localStorage others may see later.
const DONE = "keyhold-refreshed=";
const lastDone = () => Number(document.cookie.split("; ").find((one) => one.startsWith(DONE))?.slice(DONE.length) ?? 0);

export function keyhold({ base = "", fetch: ask = (...words) => globalThis.fetch(...words) } = {}) {
  const credentials = base ? "include" : "same-origin";
  const listeners = new Set();
  const tabs = new BroadcastChannel("keyhold");
  const hear = (signedIn) => listeners.forEach((listener) => listener(signedIn));
  tabs.onmessage = ({ data }) => hear(data);
  const tell = (signedIn) => {
    tabs.postMessage(signedIn);
    hear(signedIn);
  };
  const post = (path, body) =>
    ask(base + path, {
      method: "POST",
      credentials,
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });

  // False: nobody is signed in any more. `since`: when the request was sent that was refused.
  const refresh = (since = Date.now()) =>
    navigator.locks.request(LOCK, async () => {
      if (lastDone() >= since) return true;
      const answer = await post("/refresh");
      if (answer.ok) document.cookie = `${DONE}${Date.now()}; path=/; samesite=strict; max-age=86400`;
      else if (answer.status === 401) tell(false);
      return answer.ok;
    });

  return {
    refresh,
    // As fetch(): asked again after a refresh if the answer is 401.
    async fetch(input, init) {
      const since = Date.now();
      const again = input instanceof Request ? input.clone() : input;
      const how = base ? { credentials, ...init } : init;
      const answer = await ask(input, how);
      return answer.status === 401 && (await refresh(since)) ? ask(again, how) : answer;
    },
    // The answer of POST /login, with `detail` if it was refused.
    async signIn(username, password) {
      const answer = await post("/login", { username, password, mode: "cookie" });
      if (answer.ok) tell(true);
      return answer;
    },
    async signOut() {
      const answer = await post("/logout");
      if (answer.ok) tell(false);
      return answer;
    },
    // `listener(signedIn)`, in all tabs; call what is returned to end it.
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
