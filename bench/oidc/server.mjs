// SPDX-License-Identifier: Apache-2.0
// server.mjs PORT: npm's oidc-provider with one client, everything in memory, for ./bench/run oauth. POST /mint?codes=N
// makes codes and tokens as its authorization endpoint would, a line of JSON.
import {generateKeyPairSync} from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]), redirectUri = 'https://app.example.com/cb', scope = 'openid profile offline_access';
const key = generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey.export({format: 'jwk'});
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{client_id: 'bench', client_secret: 'bench-0123456789abcdef', redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'], token_endpoint_auth_method: 'client_secret_post', introspection_endpoint_auth_method: 'client_secret_post'}],
  jwks: {keys: [{...key, use: 'sig', alg: 'RS256', kid: 'bench'}]},
  cookies: {keys: ['bench']},
  features: {devInteractions: {enabled: false}, introspection: {enabled: true}},
  pkce: {required: () => false},
  rotateRefreshToken: true,
  findAccount: (_, id) => ({accountId: id, claims: async () => ({sub: id, name: 'bench', preferred_username: 'bench'})}),
  claims: {openid: ['sub'], profile: ['name', 'preferred_username']},
  ttl: {AuthorizationCode: 600, AccessToken: 1800, IdToken: 1800, Grant: 1209600, RefreshToken: 1209600},
});

async function mint(Kind, more = {}) {
  const client = await provider.Client.find('bench');
  const grant = new provider.Grant({clientId: 'bench', accountId: 'bench'});
  grant.addOIDCScope(scope);
  return new Kind({accountId: 'bench', client, grantId: await grant.save(), gty: 'authorization_code', scope, claims: {}, authTime: Math.floor(Date.now() / 1000), ...more}).save();
}

provider.use(async (context, next) => {
  if (context.path !== '/mint') return next();
  const codes = [];
  for (let i = 0; i < Number(context.query.codes); i += 1) codes.push(await mint(provider.AuthorizationCode, {redirectUri}));
  const refreshTokens = [];
  for (let i = 0; i < Number(context.query.refresh); i += 1) refreshTokens.push(await mint(provider.RefreshToken));
  context.body = {codes, refreshTokens, accessToken: await mint(provider.AccessToken)};
});
provider.listen(port, '127.0.0.1');
