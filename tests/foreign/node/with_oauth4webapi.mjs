// SPDX-License-Identifier: Apache-2.0
// oauth4webapi: with_oauth4webapi.mjs BASE USER PASSWORD CLIENT [SECRET] writes what came out as JSON.
import * as oauth from 'oauth4webapi'

const [base, username, password, client_id, secret] = process.argv.slice(2)
const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(base)
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
const client = { client_id }
const own = secret ? oauth.ClientSecretBasic(secret) : oauth.None()

async function logIn(password) {
  const answer = await oauth.genericTokenEndpointRequest(server, client, own, 'password', { username, password }, insecure)
  return oauth.processGenericTokenEndpointResponse(server, client, answer)
}
async function refresh(token) {
  return oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, own, token, insecure))
}
async function greet(token) {
  const answer = await oauth.protectedResourceRequest(token.access_token, 'GET', new URL('/protected', base), undefined, undefined, insecure)
  return answer.text()
}
async function isActive(token) {
  const answer = await oauth.introspectionRequest(server, client, own, token.access_token, insecure)
  return (await oauth.processIntrospectionResponse(server, client, answer)).active
}
async function refusal(call) {
  try {
    await call()
  } catch (error) {
    return error instanceof oauth.ResponseBodyError ? error.error : error.constructor.name
  }
  return 'none'
}

const wrong = await refusal(() => logIn(password + 'x'))
const before = await logIn(password)
const greeting = await greet(before)
const refreshed = await refresh(before.refresh_token)
const after = await greet(refreshed)
const introspected = secret && await isActive(refreshed)
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, own, refreshed.refresh_token, insecure))
console.log(JSON.stringify({
  wrong_password: wrong, greeting, greeting_after_refresh: after, revoked: true,
  ...(secret && { introspected, introspected_after_revocation: await isActive(refreshed) }),
  refreshed: refreshed.access_token !== before.access_token && refreshed.refresh_token !== before.refresh_token,
  refresh_after_revocation: await refusal(() => refresh(refreshed.refresh_token)),
}))
