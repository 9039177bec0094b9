// SPDX-License-Identifier: Apache-2.0
// Keys that are found and followed, tokens, and refusals that are ready to be sent.
import { createHash, createPublicKey, verify, constants } from "node:crypto";
import { Connections, checkUrl } from "./http.js";
import { Revocations, revocable } from "./revocations.js";

// None with a shared secret: whoever can read a published one can sign (RFC 8725 §2.1). RFC 7518 §3.1, RFC 8037 §3.1.
const ecdsa = (hash, crv, size) => ({ kty: "EC", crv, hash, size, options: { dsaEncoding: "ieee-p1363" } });
const pss = (hash, length) => ({ kty: "RSA", hash, options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: length } });
const ALGORITHMS = {
  ES256: ecdsa("sha256", "P-256", 64),
  ES384: ecdsa("sha384", "P-384", 96),
  ES512: ecdsa("sha512", "P-521", 132),
  ES256K: ecdsa("sha256", "secp256k1", 64), // RFC 8812 §3.1
  EdDSA: { kty: "OKP", hash: null, options: {} },
  Ed25519: { kty: "OKP", crv: "Ed25519", hash: null, options: {} }, // RFC 9864 §2.2
  Ed448: { kty: "OKP", crv: "Ed448", hash: null, options: {} },
  RS256: { kty: "RSA", hash: "sha256", options: {} },
  RS384: { kty: "RSA", hash: "sha384", options: {} },
  RS512: { kty: "RSA", hash: "sha512", options: {} },
  PS256: pss("sha256", 32),
  PS384: pss("sha384", 48),
  PS512: pss("sha512", 64),
};
const LONGEST_TOKEN = 8192;
const LONGEST_WAIT = 8; // seconds: a Keyhold answers anything within 10
const LEAST_RSA_BITS = 2048; // RFC 7518 §3.3

// Why there is no user. `status`, `headers` and `body` are ready to be sent; `code` is a stable word, for logs.
export class Refused extends Error {
  constructor(status, code, scopes = []) {
    super(code);
    this.name = "Refused";
    this.status = status;
    this.code = code;
    const isMissing = code === "not_authenticated";
    const kind = {
      401: ["Unauthorized", isMissing ? "Not authenticated" : "Could not validate credentials", isMissing ? code : "invalid_token"],
      403: ["Forbidden", "This needs other scopes", code],
    }[status] ?? ["Service Unavailable", "Nobody can say now who this is", "unavailable"];
    const challenge = {
      401: `Bearer realm="protected"${isMissing ? "" : ', error="invalid_token"'}`,
      403: `Bearer realm="protected", error="insufficient_scope", scope="${scopes.join(" ")}"`,
    }[status];
    this.headers = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
    if (challenge) this.headers["WWW-Authenticate"] = challenge;
    else this.headers["Retry-After"] = "1";
    this.body = JSON.stringify({ type: "about:blank", title: kind[0], status, detail: kind[1], code: kind[2] });
  }
}

class NotNow extends Error {}
class Bad extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const seconds = () => Date.now() / 1000;
const steady = () => performance.now() / 1000;
const pause = (time, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, time * 1000);
    timer.unref();
    signal.addEventListener("abort", done);
  });

// base64url as RFC 7515 §2 has it, in one spelling.
function decoded(text) {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) throw new Bad("token_malformed");
  return bytes;
}

function object(text) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw new Bad("token_malformed");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Bad("token_malformed");
  return value;
}

// By `kid`. A set with a secret, or with the private half of a key, is not believed: everybody could sign. Keys that we
// do not know are passed over.
export function readKeys(set) {
  if (!Array.isArray(set?.keys)) throw new Error("no JWK Set");
  const keys = new Map();
  for (const [number, jwk] of set.keys.entries()) {
    if (jwk?.kty === "oct" || jwk?.d !== undefined) throw new Error("it publishes a secret");
    const alg = jwk?.alg ?? Object.keys(ALGORITHMS).find((name) => ALGORITHMS[name].kty === jwk?.kty && (!ALGORITHMS[name].crv || ALGORITHMS[name].crv === jwk.crv));
    const algorithm = Object.hasOwn(ALGORITHMS, alg ?? "") ? ALGORITHMS[alg] : null;
    if (!algorithm || algorithm.kty !== jwk.kty || (algorithm.crv && algorithm.crv !== jwk.crv) || (jwk.use ?? "sig") !== "sig") continue;
    try {
      const key = createPublicKey({ key: jwk, format: "jwk" });
      if (algorithm.kty === "RSA" && key.asymmetricKeyDetails.modulusLength < LEAST_RSA_BITS) continue;
      keys.set(jwk.kid ?? `#${number}`, { key, alg, algorithm });
    } catch {
      continue;
    }
  }
  return keys;
}

export class Guard {
  #o;
  #http;
  #feedHttp;
  #stop = new AbortController();
  #keys = new Map();
  #keysText = "";
  #version = 0;
  #goodUntil = -Infinity;
  #fetching = null;
  #askedAt = -Infinity;
  #wakeKeys = () => {};
  #feedUrl = null;
  #foundFeed;
  #feedFound = new Promise((resolve) => (this.#foundFeed = resolve));
  #revocations = new Revocations();
  #after = null;
  #answeredAt = null;
  #troubles = { keys: "", revocations: "" };
  #seen = new Map(); // by digest of the token, the one that was not seen for longest first

  constructor(issuer, options) {
    this.#o = {
      types: ["at+jwt"],
      leeway: 60,
      refreshEvery: 300,
      coolDown: 30,
      staleIfError: 86400,
      waitForKeys: 1,
      timeout: 5,
      followRevocations: true,
      revocationsStaleAfter: null,
      rememberedTokens: 1024,
      audience: issuer,
      ...options,
      issuer: checkUrl(issuer, options.allowHttp),
    };
    const stale = this.#o.revocationsStaleAfter;
    if (stale !== null && (!this.#o.followRevocations || !(stale >= 2)))
      throw new TypeError("revocationsStaleAfter: at least two seconds, of a feed that is followed");
    this.#http = new Connections(this.#o.caFile);
    this.#feedHttp = new Connections(this.#o.caFile);
  }

  // Waits for the issuer's first answer; one that cannot be reached is no error: it is tried again, and check() says
  // 503 until it answers. Throws TypeError for what is no issuer's URL.
  static async fromIssuer(issuer, options = {}) {
    const guard = new Guard(issuer, options);
    await guard.#fetchKeys();
    if (guard.#feedUrl) await guard.#catchUp(0, false);
    guard.#keepKeys();
    guard.#keepRevocations();
    return guard;
  }

  // `authorization`: the field's value, undefined if none came. All scopes are asked for. Throws Refused.
  async check(authorization, ...scopes) {
    let seen;
    try {
      const [, scheme, token] = /^(\S+) +(\S+) *$/.exec(authorization ?? "") ?? [];
      if (scheme?.toLowerCase() !== "bearer") throw new Bad("not_authenticated");
      seen = await this.#find(token);
      if (seen.claims.exp <= seconds()) throw new Bad("token_expired");
      if (this.#isStale()) throw new NotNow();
      if (this.#revocations.isOver(seen.revocable)) throw new Bad("token_not_live");
    } catch (problem) {
      if (problem instanceof Bad) throw new Refused(401, problem.code);
      throw new Refused(503, "unavailable");
    }
    if (!scopes.every((scope) => seen.user.scopes.has(scope))) throw new Refused(403, "insufficient_scope", scopes);
    return seen.user;
  }

  // `followed`: the issuer says what was revoked; `age`: seconds since it last did, null if never; `sessions` that ended.
  revocations() {
    const age = this.#answeredAt === null ? null : steady() - this.#answeredAt;
    return { followed: this.#feedUrl !== null, age, sessions: this.#revocations.sessions };
  }

  get trouble() {
    return Object.values(this.#troubles).filter(Boolean).join("; ");
  }

  close() {
    this.#stop.abort();
    this.#wakeKeys();
    this.#http.close();
    this.#feedHttp.close();
  }

  // Tokens.

  async #find(token) {
    if (token.length > LONGEST_TOKEN) throw new Bad("token_malformed");
    const digest = createHash("sha256").update(token).digest("base64"); // nobody learns by a clock how far a guess was right
    const known = this.#seen.get(digest);
    if (known && known.version === this.#version && steady() < this.#goodUntil) return known;
    const { claims, version } = await this.#verify(token, this.#o.types, this.#o.audience);
    if (typeof claims.sub !== "string" || !claims.sub) throw new Bad("token_claims");
    const roles = typeof claims.roles === "string" ? [claims.roles] : Array.isArray(claims.roles) ? claims.roles : [];
    const user = Object.freeze({
      id: claims.sub,
      name: claims.preferred_username,
      scopes: new Set(typeof claims.scope === "string" ? claims.scope.split(" ").filter(Boolean) : []),
      roles: new Set(roles),
      claims,
    });
    const seen = { claims, user, version, revocable: revocable(claims) };
    if (this.#o.rememberedTokens > 0) {
      this.#seen.delete(digest);
      this.#seen.set(digest, seen);
      if (this.#seen.size > this.#o.rememberedTokens) this.#seen.delete(this.#seen.keys().next().value);
    }
    return seen;
  }

  // `byIssuer`: it has just come from there, and no stranger.
  async #verify(token, types, audience, byIssuer = false) {
    const parts = token.split(".");
    if (parts.length !== 3) throw new Bad("token_malformed");
    const header = object(decoded(parts[0]));
    if (header.crit !== undefined || typeof header.typ !== "string") throw new Bad("token_claims");
    const type = header.typ.toLowerCase().replace(/^application\//, "");
    if (!types.some((each) => each.toLowerCase() === type)) throw new Bad("token_claims");
    const { key, alg, algorithm } = await this.#key(header.kid, byIssuer);
    const version = this.#version;
    const signature = decoded(parts[2]);
    if (header.alg !== alg || (algorithm.size && signature.length !== algorithm.size)) throw new Bad("token_signature");
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
    if (!verify(algorithm.hash, signed, { key, ...algorithm.options }, signature)) throw new Bad("token_signature");
    const claims = object(decoded(parts[1]));
    const now = seconds();
    for (const name of ["exp", "iat", "nbf"])
      if (name in claims && typeof claims[name] !== "number") throw new Bad("token_claims");
    if (claims.iss !== this.#o.issuer || claims.exp === undefined) throw new Bad("token_claims");
    if (![claims.aud].flat().includes(audience)) throw new Bad("token_claims");
    if (claims.exp <= now) throw new Bad("token_expired");
    if (Math.max(claims.nbf ?? 0, claims.iat ?? 0) > now + this.#o.leeway) throw new Bad("token_not_yet_valid");
    return { claims, version };
  }

  #isStale() {
    const most = this.#o.revocationsStaleAfter;
    return most !== null && (this.#answeredAt === null || steady() - this.#answeredAt > most);
  }

  // Keys.

  async #key(kid, byIssuer) {
    const find = () => {
      if (steady() >= this.#goodUntil) throw new NotNow();
      // A token that names no key is under the only one there is.
      return kid === undefined && this.#keys.size === 1 ? [...this.#keys.values()][0] : this.#keys.get(kid);
    };
    const found = find();
    if (found) return found;
    // Unknown `kid`s cause one fetch in the cool-down, and wait for it, but not for long.
    if (byIssuer) this.#fetchKeys();
    else if (steady() - this.#askedAt >= this.#o.coolDown) {
      this.#askedAt = steady();
      this.#fetchKeys();
    }
    if (this.#fetching) await Promise.race([this.#fetching, pause(this.#o.waitForKeys, this.#stop.signal)]);
    const later = find();
    if (later) return later;
    if (this.#troubles.keys) throw new NotNow(); // the issuer may have a key that we could not be told of
    throw new Bad("token_key_unknown");
  }

  #fetchKeys() {
    const fetching = this.#fetchKeysNow().finally(() => {
      if (this.#fetching === fetching) this.#fetching = null;
    });
    this.#fetching = fetching;
    return fetching;
  }

  async #fetchKeysNow() {
    const { issuer, timeout } = this.#o;
    try {
      const discovery = await this.#json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
      if (discovery.issuer !== issuer)
        throw new Error("its discovery document names another issuer (even a / at the end counts)");
      const set = await this.#json(this.#endpoint(discovery, "jwks_uri"));
      const keys = readKeys(set);
      const text = JSON.stringify(set);
      if (text !== this.#keysText || this.#version === 0) {
        this.#keys = keys;
        this.#keysText = text;
        this.#version += 1;
      }
      this.#goodUntil = steady() + this.#o.refreshEvery + 3 * timeout + this.#o.staleIfError;
      if (this.#o.followRevocations && discovery.revocation_feed_endpoint !== undefined) {
        this.#feedUrl = this.#endpoint(discovery, "revocation_feed_endpoint");
        this.#foundFeed();
      }
      this.#troubles.keys = "";
      return true;
    } catch (problem) {
      this.#troubles.keys = `${issuer}: ${problem.message}`;
      return false;
    }
  }

  async #json(url) {
    const answer = JSON.parse((await this.#http.get(url, this.#o.timeout * 1000, { signal: this.#stop.signal })).toString());
    if (answer === null || typeof answer !== "object") throw new Error(`${url}: not a JSON object`);
    return answer;
  }

  #endpoint(discovery, name) {
    const url = discovery[name];
    if (typeof url !== "string") throw new Error(`its discovery document has no ${name}`);
    // Otherwise an issuer far away could have us ask what listens on this machine alone.
    if (this.#o.issuer.startsWith("https:") && !url.startsWith("https:")) throw new Error(`${name} is not https, and the issuer is`);
    return checkUrl(url, this.#o.allowHttp);
  }

  async #keepKeys() {
    for (let failures = 0; ; ) {
      const time = failures === 0 ? this.#o.refreshEvery : Math.min(this.#o.refreshEvery, 2 ** Math.min(failures - 1, 10));
      await Promise.race([pause(time, this.#stop.signal), new Promise((resolve) => (this.#wakeKeys = resolve))]);
      if (this.#stop.signal.aborted) return;
      failures = (await this.#fetchKeys()) ? 0 : failures + 1;
    }
  }

  // What was revoked.

  async #keepRevocations() {
    await this.#feedFound;
    const stale = this.#o.revocationsStaleAfter;
    const wait = stale === null ? LONGEST_WAIT : Math.max(1, Math.min(LONGEST_WAIT, Math.floor(stale / 2)));
    for (let time = 0.05; ; ) {
      await pause(time, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const before = this.#after;
      const begin = steady();
      if (!(await this.#catchUp(wait, true))) time = Math.max(0.25, Math.min(2 * time, 5));
      else time = this.#after === before && steady() - begin < 1 ? 0.25 : 0.05;
    }
  }

  async #catchUp(wait, inTheBackground) {
    try {
      while (await this.#ask(wait, inTheBackground));
      this.#troubles.revocations = "";
      return true;
    } catch (problem) {
      this.#troubles.revocations = `${this.#feedUrl}: ${problem.message || "there is no key for its signature"}`;
      return false;
    }
  }

  // True: there is more already.
  async #ask(wait, inTheBackground) {
    const url = `${this.#feedUrl}?wait=${wait}${this.#after === null ? "" : `&after=${this.#after}`}`;
    const time = (this.#o.timeout + wait) * 1000;
    const body = await this.#feedHttp.get(url, time, { inTheBackground, signal: this.#stop.signal });
    const line = body.indexOf(10);
    if (line < 0) throw new Error("no answer as a revocation feed has them");
    const { claims } = await this.#verify(body.toString("latin1", 0, line), ["revocations+jwt"], this.#feedUrl, true);
    const entries = body.subarray(line + 1);
    if (claims.sha256 !== createHash("sha256").update(entries).digest("base64url") || (claims.after ?? null) !== this.#after)
      throw new Error("no answer to what was asked");
    if (claims.more === true && claims.last === this.#after) throw new Error("it does not go on");
    this.#revocations.apply(claims, entries, steady());
    this.#after = claims.last;
    if (claims.more !== true) this.#answeredAt = steady();
    if (claims.keys_changed === true) this.#wakeKeys();
    return claims.more === true;
  }
}
