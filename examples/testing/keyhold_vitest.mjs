// SPDX-License-Identifier: Apache-2.0
// A Keyhold for the tests of a JavaScript program: copy this page beside them. Needs Node 18 or newer, and a `keyhold`
// on the PATH, or KEYHOLD_BINARY. For vitest, jest, node:test alike:
//
//   const keyhold = await startKeyhold();
//   beforeEach(() => keyhold.reset());
//   afterAll(() => keyhold.stop());
//   test('a reader may not write', async () => {
//     const token = await keyhold.token('alice', {claims: {scope: 'notes:read'}});
//     expect((await fetch(notes, {method: 'POST', headers: {authorization: `Bearer ${token}`}})).status).toBe(403);
//   });
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';

// What leads to a real database or to real keys; `keyhold test` refuses to start with it.
const real = new Set(['DATABASE_URL', 'SECRET_KEY_FILE', 'STATE_DIRECTORY']);

export async function startKeyhold(...settings) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !real.has(name) && !name.startsWith('KEYHOLD_')));
  const program = process.env.KEYHOLD_BINARY ?? 'keyhold';
  const child = spawn(program, ['test', ...settings], {env, stdio: ['ignore', 'pipe', 'ignore']});
  const ended = once(child, 'exit');
  const said = await Promise.race([
    once(createInterface({input: child.stdout}), 'line').then(([line]) => line),
    ended.then(([code]) => { throw new Error(`${program} test ended with ${code}`); }),
  ]);
  const {url, issuer} = JSON.parse(said);

  const post = async (path, body) => {
    const answer = await fetch(url + path, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)});
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };

  return {
    url,     // where it is
    issuer,  // what its tokens say
    // A token of this user, who is made if need be. A claim that is null is left out.
    // wish: {claims, lifetime (seconds), typ, fault: 'signature' | 'unknown_key' | 'alg_none'}
    token: async (username, wish = {}) => (await post('/test/tokens', {username, ...wish})).access_token,
    // Turns the server's clock; it goes on from there.
    advance: async (seconds) => (await post('/test/clock', {advance: seconds})).now,
    // {database: 'gone'}, {database: 'none'}, {keys: 'rotated'}, {keys: 'dropped'}
    fault: (what) => post('/test/faults', what),
    // Nobody has registered, the clock is right, nothing is broken. The keys stay.
    reset: () => post('/test/reset', {}),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
