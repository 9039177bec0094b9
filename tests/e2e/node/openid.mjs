// SPDX-License-Identifier: Apache-2.0
// What panva's libraries find out by themselves from our URL: openid-client discovers, logs in, asks about tokens and
// takes them back; oauth4webapi and jose verify them. Node 18 has no global crypto yet, and these libraries want one.
import {webcrypto} from 'node:crypto';

globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;
const client = await import('openid-client');
const oauth = await import('oauth4webapi');
const {createRemoteJWKSet, jwtVerify} = await import('jose');

// algorithm: 'oidc' looks at openid-configuration, 'oauth2' at oauth-authorization-server.
export async function discover(issuer, algorithm = 'oidc', id = 'anybody', secret = undefined) {
  const authentication = secret ? client.ClientSecretBasic(secret) : client.None();
  return client.discovery(new URL(issuer), id, undefined, authentication, {algorithm, execute: [client.allowInsecureRequests]});
}

// Two verifiers that fetch the keys as they see fit. With `keep` in milliseconds they keep a set for so long, as
// Cache-Control says; without, for as long as their authors thought right.
export function verifiers(metadata, keep) {
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), keep ? {cacheMaxAge: keep} : {});
  let server = {...metadata};  // oauth4webapi keeps keys by this object
  let fetched = Date.now();
  return {
    jose: (token) => jwtVerify(token, keys, {issuer: metadata.issuer, audience: metadata.issuer, typ: 'at+jwt'}),
    oauth4webapi: (token) => {
      if (keep && Date.now() - fetched >= keep) [server, fetched] = [{...metadata}, Date.now()];
      const request = new Request(`${metadata.issuer}/protected`, {headers: {authorization: `Bearer ${token}`}});
      return oauth.validateJwtAccessToken(server, request, metadata.issuer, {[oauth.allowInsecureRequests]: true});
    },
  };
}

export {client};
