// SPDX-License-Identifier: Apache-2.0
// rotation.mjs ISSUER [MILLISECONDS]: reads tokens, one in a line, and says of each, in a line of JSON, which verifier
// refused it and why: {} if none did.
import {createInterface} from 'node:readline';
import {discover, verifiers} from './openid.mjs';

const [issuer, keep] = process.argv.slice(2);
const verify = verifiers((await discover(issuer)).serverMetadata(), Number(keep ?? 0));
for await (const token of createInterface({input: process.stdin})) {
  const refused = {};
  for (const [name, check] of Object.entries(verify)) {
    try {
      await check(token);
    } catch (error) {
      refused[name] = `${error.code ?? error.name}: ${error.message}`;
    }
  }
  console.log(JSON.stringify(refused));
}
