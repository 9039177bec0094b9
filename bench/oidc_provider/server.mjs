// SPDX-License-Identifier: Apache-2.0
// npm's oidc-provider as ./bench/run oauth measures it: everything in its own memory, one person who is signed in and
// has allowed everything. GET /codes?count=N hands out authorization codes without pages: a line each.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

// Its own keeps a thousand entries and no more.
class Memory {
  static all = new Map();
  constructor(name) {
    this.name = name;
  }
  key(id) {
    return `${this.name}:${id}`;
  }
  async upsert(id, payload) {
    Memory.all.set(this.key(id), payload);
  }
  async find(id) {
    return Memory.all.get(this.key(id));
  }
  async findByUid() {}
  async findByUserCode() {}
  async consume(id) {
    Memory.all.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    Memory.all.delete(this.key(id));
  }
  async revokeByGrantId() {}
}

const [port, client_id, client_secret, redirect_uri, code_challenge] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  adapter: Memory,
  jwks: { keys: [{ ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256", kid: "bench" }] },
  clients: [{ client_id, client_secret, redirect_uris: [redirect_uri], grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], id_token_signed_response_alg: "ES256" }],
  features: { introspection: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: "Ann" }) }),
  rotateRefreshToken: true, // as Keyhold does
  issueRefreshToken: () => true,
  pkce: { required: () => true },
  scopes: ["openid", "profile", "offline_access"],
  claims: { openid: ["sub"], profile: ["name"] },
});
const scope = "openid profile offline_access";

async function code() {
  const client = await provider.Client.find(client_id);
  const grant = new provider.Grant({ accountId: "ann", clientId: client_id });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const made = new provider.AuthorizationCode({
    accountId: "ann", client, grantId, redirectUri: redirect_uri, scope, codeChallenge: code_challenge, codeChallengeMethod: "S256",
    authTime: Math.floor(Date.now() / 1000), nonce: "n", gty: "authorization_code", sessionUid: "s", expiresWithSession: false,
  });
  return made.save();
}

const handle = provider.callback();
createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname !== "/codes") return handle(request, response);
  const codes = [];
  for (let left = Number(url.searchParams.get("count")); left > 0; --left) codes.push(await code());
  response.end(codes.join("\n"));
}).listen(Number(port), "127.0.0.1");
