// SPDX-License-Identifier: Apache-2.0
// simple-oauth2: with_simple_oauth2.mjs BASE USER PASSWORD CLIENT SECRET writes what came out as JSON. It knows no client
// without a secret.
import { ResourceOwnerPassword } from 'simple-oauth2'

const [base, username, password, id, secret] = process.argv.slice(2)
const found = await (await fetch(base + '/.well-known/oauth-authorization-server')).json()
const client = new ResourceOwnerPassword({
  client: { id, secret },
  auth: { tokenHost: base, tokenPath: new URL(found.token_endpoint).pathname, revokePath: new URL(found.revocation_endpoint).pathname },
})

async function greet(token) {
  return (await fetch(base + '/protected', { headers: { Authorization: `Bearer ${token.token.access_token}` } })).text()
}
async function refusal(call) {
  try {
    await call()
  } catch (error) {
    return error.data?.payload?.error ?? error.message
  }
  return 'none'
}

const wrong = await refusal(() => client.getToken({ username, password: password + 'x' }))
const before = await client.getToken({ username, password })
const greeting = await greet(before)
let token = client.createToken({ ...before.token, expires_at: new Date(0) })
if (token.expired()) token = await token.refresh()
const after = await greet(token)
await token.revokeAll()
console.log(JSON.stringify({
  wrong_password: wrong, greeting, greeting_after_refresh: after, revoked: true,
  refreshed: token.token.access_token !== before.token.access_token && token.token.refresh_token !== before.token.refresh_token,
  refresh_after_revocation: await refusal(() => token.refresh()),
}))
