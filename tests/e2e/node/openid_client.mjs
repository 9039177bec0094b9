// SPDX-License-Identifier: Apache-2.0
// openid_client.mjs: {"issuer", "algorithm", "username", "password", "id", "secret"} on stdin; what was seen as a line of JSON.
import {readFileSync} from 'node:fs';
import {client, discover, verifiers} from './openid.mjs';

const {issuer, algorithm, username, password, id, secret} = JSON.parse(readFileSync(0, 'utf8'));
const anybody = await discover(issuer, algorithm);
const tokens = await client.genericGrantRequest(anybody, 'password', {username, password});
const verified = {};
for (const [name, verify] of Object.entries(verifiers(anybody.serverMetadata()))) {
  const {payload, ...claims} = await verify(tokens.access_token);
  verified[name] = (payload ?? claims).sub;
}
const resource = await discover(issuer, algorithm, id, secret);
const live = await client.tokenIntrospection(resource, tokens.access_token);
await client.tokenRevocation(resource, tokens.access_token);
const after = await client.tokenIntrospection(resource, tokens.access_token);
const stranger = await discover(issuer, algorithm, id, `${secret}-wrong`);
const refused = await client.tokenIntrospection(stranger, tokens.access_token).then(() => 'nothing', (error) => `${error.status} ${error.code}`);
console.log(JSON.stringify({metadata: anybody.serverMetadata(), type: tokens.token_type, expires: tokens.expires_in, verified, live, after, refused}));
