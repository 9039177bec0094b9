// SPDX-License-Identifier: Apache-2.0
// Which tokens are over before they expire, as the issuer's feed has told (docs/revocations.md).
import { createHash } from "node:crypto";

const PIECES = 1024;
const SIZE = 8; // bytes of a fingerprint
const GENERATIONS = 5; // each is filled for a third of the time for which entries matter, and kept for four thirds behind that
const LONGEST = 3650 * 86400;

// The first 64 bits of the SHA-256 of an id's text.
export const fingerprint = (text) => createHash("sha256").update(text, "utf8").digest().subarray(0, SIZE);

// Sorted, 8 bytes each: a Set of BigInts would take 60.
export class Fingerprints {
  #pieces = null; // { bytes, used }
  #entry; // bytes of one: its fingerprint, and what a subclass keeps with it
  size = 0;

  constructor(more = 0) {
    this.#entry = SIZE + more;
  }

  // Where it is now; of a new one, the bytes behind its fingerprint are 0.
  add(from, at = 0) {
    this.#pieces ??= Array.from({ length: PIECES }, () => ({ bytes: Buffer.alloc(0), used: 0 }));
    const piece = this.#pieces[(from[at] << 2) | (from[at + 1] >> 6)];
    const place = this.#lowerBound(piece, from, at);
    if (isAt(piece, place, from, at)) return { bytes: piece.bytes, place };
    if (piece.used === piece.bytes.length) {
      const count = piece.used / this.#entry;
      const grown = Buffer.alloc((count + (count >> 3) + 4) * this.#entry);
      piece.bytes.copy(grown);
      piece.bytes = grown;
    }
    piece.bytes.copyWithin(place + this.#entry, place, piece.used);
    piece.bytes.fill(0, place, place + this.#entry);
    from.copy(piece.bytes, place, at, at + SIZE);
    piece.used += this.#entry;
    this.size += 1;
    return { bytes: piece.bytes, place };
  }

  // Where it is; null if it is not there.
  find(wanted) {
    if (!this.#pieces) return null;
    const piece = this.#pieces[(wanted[0] << 2) | (wanted[1] >> 6)];
    const place = this.#lowerBound(piece, wanted, 0);
    return isAt(piece, place, wanted, 0) ? { bytes: piece.bytes, place } : null;
  }

  has(wanted) {
    return this.find(wanted) !== null;
  }

  // Of memory, about.
  get bytes() {
    return (this.#pieces ?? []).reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #lowerBound(piece, from, at) {
    let low = 0;
    let high = piece.used / this.#entry;
    while (low < high) {
      const middle = (low + high) >> 1;
      const place = middle * this.#entry;
      if (piece.bytes.compare(from, at, at + SIZE, place, place + SIZE) < 0) low = middle + 1;
      else high = middle;
    }
    return low * this.#entry;
  }
}

const isAt = (piece, place, from, at) =>
  place < piece.used && piece.bytes.compare(from, at, at + SIZE, place, place + SIZE) === 0;

// The same with the latest time of each, in seconds since 1970: 12 bytes, where an entry of a Map would take 100.
export class DatedFingerprints extends Fingerprints {
  constructor() {
    super(4);
  }

  // What is behind 2106 is taken for that: whatever was issued until then is meant.
  date(from, at, seconds) {
    const { bytes, place } = this.add(from, at);
    bytes.writeUInt32BE(Math.max(bytes.readUInt32BE(place + SIZE), Math.min(seconds, 0xffffffff)), place + SIZE);
  }

  dateOf(wanted) {
    const found = this.find(wanted);
    return found && found.bytes.readUInt32BE(found.place + SIZE);
  }
}

class Known {
  generations = []; // { begun, sessions, accounts }
  rolesChangedAt = 0;
  validFrom = 0;

  current(now, keep) {
    const newest = this.generations.at(-1);
    if (newest && now - newest.begun <= keep / 3 + 1) return newest;
    this.generations.push({ begun: now, sessions: new Fingerprints(), accounts: new DatedFingerprints() });
    if (this.generations.length > GENERATIONS) this.generations.shift();
    return this.generations.at(-1);
  }
}

// What of a token a revocation may name.
export const revocable = (claims) => ({
  session: typeof claims.sid === "string" ? fingerprint(claims.sid) : null,
  account: fingerprint(typeof claims.sub === "string" ? claims.sub : ""),
  issuedAt: typeof claims.iat === "number" ? claims.iat : -Infinity,
  hasRights: Boolean(claims.scope?.length || claims.roles?.length),
});

const isCount = (number) => Number.isSafeInteger(number) && number >= 0;

export class Revocations {
  #known = new Known();
  #next = null; // where the feed begins anew: takes the other's place when it is complete

  // One answer, whose signature was checked; `now` in seconds. Throws if it is none.
  apply(claims, entries, now) {
    const { last, keep, sessions, accounts, roles_changed_at: roles = 0, valid_from: validFrom = 0 } = claims;
    if (![last, keep, sessions, accounts, roles, validFrom].every(isCount) || keep === 0 || keep > LONGEST)
      throw new Error("not an answer of a revocation feed");
    if (SIZE * sessions + 2 * SIZE * accounts !== entries.length) throw new Error("the entries are not as many as it says");
    if (claims.whole !== true) this.#next = new Known();
    const known = this.#next ?? this.#known;
    const generation = known.current(now, keep);
    const end = SIZE * sessions;
    for (let at = 0; at < end; at += SIZE) generation.sessions.add(entries, at);
    for (let at = end; at < entries.length; at += 2 * SIZE)
      generation.accounts.date(entries, at, Number(entries.readBigUInt64BE(at + SIZE)));
    known.rolesChangedAt = Math.max(known.rolesChangedAt, roles);
    known.validFrom = validFrom;
    if (this.#next && claims.more !== true) {
      this.#known = this.#next;
      this.#next = null;
    }
  }

  isOver(token) {
    const known = this.#known;
    if (token.issuedAt < known.validFrom || (token.hasRights && token.issuedAt <= known.rolesChangedAt)) return true;
    return known.generations.some(({ sessions, accounts }) => {
      if (token.session && sessions.has(token.session)) return true;
      const changedAt = accounts.dateOf(token.account);
      return changedAt !== null && token.issuedAt <= changedAt && (!token.session || token.hasRights);
    });
  }

  get sessions() {
    return this.#known.generations.reduce((sum, { sessions }) => sum + sessions.size, 0);
  }
}
