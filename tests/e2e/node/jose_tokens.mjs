// SPDX-License-Identifier: Apache-2.0
// jose_tokens.mjs: panva's jose signs and verifies. Reads {"action", ...} on stdin, writes a line of JSON.
import {readFileSync} from 'node:fs';
import {SignJWT, createLocalJWKSet, jwtVerify} from 'jose';

const {action, secret, jwks, token, claims} = JSON.parse(readFileSync(0, 'utf8'));
const key = jwks ? createLocalJWKSet(jwks) : new TextEncoder().encode(secret);

const actions = {
  async sign() {
    return {token: await new SignJWT(claims).setProtectedHeader({alg: 'HS256', typ: 'JWT'}).setIssuedAt().setExpirationTime('10m').sign(key)};
  },
  async verify() {
    const {payload, protectedHeader} = await jwtVerify(token, key);
    return {payload, header: protectedHeader};
  },
};
try {
  console.log(JSON.stringify(await actions[action]()));
} catch (error) {
  console.log(JSON.stringify({refused: error.code}));
}
