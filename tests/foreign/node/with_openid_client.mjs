// SPDX-License-Identifier: Apache-2.0
// openid-client: with_openid_client.mjs BASE USER PASSWORD CLIENT [SECRET] writes what came out as JSON.
import * as client from 'openid-client'

const [base, username, password, clientId, secret] = process.argv.slice(2)
const config = await client.discovery(new URL(base), clientId, secret, secret ? client.ClientSecretPost(secret) : client.None(),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] })

const logIn = (password) => client.genericGrantRequest(config, 'password', { username, password })
async function greet(token) {
  return (await client.fetchProtectedResource(config, token.access_token, new URL('/protected', base), 'GET')).text()
}
async function refusal(call) {
  try {
    await call()
  } catch (error) {
    return error instanceof client.ResponseBodyError ? error.error : error.constructor.name
  }
  return 'none'
}

const wrong = await refusal(() => logIn(password + 'x'))
const before = await logIn(password)
const greeting = await greet(before)
const refreshed = await client.refreshTokenGrant(config, before.refresh_token)
const after = await greet(refreshed)
const isActive = async () => (await client.tokenIntrospection(config, refreshed.access_token)).active
const introspected = secret && await isActive()
await client.tokenRevocation(config, refreshed.refresh_token)
console.log(JSON.stringify({
  wrong_password: wrong, greeting, greeting_after_refresh: after, revoked: true,
  ...(secret && { introspected, introspected_after_revocation: await isActive() }),
  refreshed: refreshed.access_token !== before.access_token && refreshed.refresh_token !== before.refresh_token,
  refresh_after_revocation: await refusal(() => client.refreshTokenGrant(config, refreshed.refresh_token)),
}))
