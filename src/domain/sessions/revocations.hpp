// SPDX-License-Identifier: Apache-2.0
// What guards elsewhere have to hear so that they refuse tokens which are over before they expire: a list of changes
// that they follow by number, signed (docs/revocations.md).
//
// An entry is a fingerprint of a session or an account: the first 64 bits of the SHA-256 of its id's text, so that the
// list tells nobody an id, and a million of them take 8 MB. That one of a million ended sessions is taken for a given
// live one happens once in 2^44.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "domain/keys/id_tokens.hpp"
#include "store/events/change_store.hpp"

namespace keyhold::domain {

struct RevocationPage {
    std::optional<std::int64_t> after;  // what was asked for; empty: from the oldest that is kept
    std::int64_t last = 0;              // ask for what comes after this next
    bool is_whole = true;               // false: what came right after is not kept; this is from the oldest that is
    bool is_more = false;               // there is more already
    bool keys_changed = false;          // signing keys came or went
    Time roles_changed_at{};            // what roles grant; 1970: not on this page
    Time valid_from{};                  // tokens that were issued before are over: the database was set back
    std::string sessions;               // that ended: 8 bytes each
    // That changed: 8 bytes, and 8 of when, in seconds since 1970, big endian. A token of such an account that was
    // issued until then is over if it belongs to no session, and out of date if it says what the account may do.
    std::string accounts;

    bool says_nothing() const { return after && is_whole && last == *after; }
};

// Any thread.
class Revocations {
public:
    static constexpr std::int64_t most_on_a_page = 4096;  // 32 KiB

    // `lifetime`: of access tokens; nothing has to be known for longer. All must outlive it.
    Revocations(store::ChangeStore& changes, IdTokens& id_tokens, const Clock& clock, std::chrono::seconds lifetime)
        : changes_(changes), id_tokens_(id_tokens), clock_(clock), lifetime_(lifetime) {}

    // Where tokens are signed with a shared secret, or nobody knows by which name we are called, there is none.
    bool is_there() const { return id_tokens_.can_issue(); }

    // The changes behind number `after`, up to `most_on_a_page`; from the oldest that is kept, where it is empty.
    // Throws Unavailable.
    RevocationPage page(std::optional<std::int64_t> after);

    // A JSON Web Token of type revocations+jwt, a line feed, the sessions' bytes and the accounts'. Its claims: iss,
    // aud (this feed), iat, exp, after (if it was asked for), last, whole, more, keep (seconds for which an entry
    // matters), keys_changed, roles_changed_at, valid_from (each if there is something to say), sessions and accounts
    // (how many), sha256 (of the bytes behind the line feed, base64url).
    std::string written(const RevocationPage& page);

private:
    store::ChangeStore& changes_;
    IdTokens& id_tokens_;
    const Clock& clock_;
    const std::chrono::seconds lifetime_;
};

}  // namespace keyhold::domain
