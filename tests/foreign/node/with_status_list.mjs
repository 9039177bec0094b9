// SPDX-License-Identifier: Apache-2.0
// Whether the session of each token is live, by the OpenWallet Foundation's reader of Token Status Lists and jose.
import {getListFromStatusListJWT, getStatusListFromJWT} from '@sd-jwt/jwt-status-list';
import {createRemoteJWKSet, jwtVerify} from 'jose';

const [issuer, ...tokens] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(issuer + '/.well-known/jwks.json'));
const statuses = [];
for (const token of tokens) {
  const {idx, uri} = getStatusListFromJWT(token);
  const answer = await fetch(uri, {headers: {accept: 'application/statuslist+jwt'}});
  const list = await answer.text();
  await jwtVerify(list, keys, {issuer, subject: uri, typ: 'statuslist+jwt'});
  statuses.push(getListFromStatusListJWT(list).getStatus(idx));
}
console.log(JSON.stringify(statuses));
