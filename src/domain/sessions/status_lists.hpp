// SPDX-License-Identifier: Apache-2.0
// Whether sessions have ended, for verifiers elsewhere that know no feed of ours (revocations.hpp): the IETF's Token
// Status List (draft-ietf-oauth-status-list). A token says at which place of which list its session stands; the list is
// a bit for each place, compressed and signed, and may be kept for a few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "domain/keys/id_tokens.hpp"
#include "store/access/status_list_store.hpp"

namespace keyhold::domain {

// Places in one list: 8 KiB of bits, some hundred bytes when few have ended.
inline constexpr std::int64_t places_in_list = 65'536;
// No number is larger than 2^53 - 1, which every JSON reader can tell apart (RFC 8259 §6).
inline constexpr std::int64_t last_list = 9'007'199'254'740'991 / places_in_list - 1;

// Numbers for sessions that begin. Any thread.
class StatusNumbers {
public:
    // Both must outlive it.
    StatusNumbers(store::StatusListStore store, Random& random) : store_(std::move(store)), random_(random) {}

    // One that no other session has, on any node. Throws Unavailable.
    std::int64_t take();

private:
    std::mutex mutex_;
    store::StatusListStore store_;
    Random& random_;
    std::vector<std::int64_t> left_;  // under mutex_
};

// The lists. Any thread.
class StatusLists {
public:
    // How long a verifier may keep a list (`ttl`), and how long we do: a log-out is seen after twice that at the
    // latest.
    static constexpr std::chrono::seconds kept_for{5};

    // All must outlive it. `are_on`: whether tokens name lists.
    StatusLists(store::StatusListStore store, IdTokens& id_tokens, const Clock& clock, bool are_on)
        : store_(std::move(store)), id_tokens_(id_tokens), clock_(clock), are_on_(are_on) {}

    // A JSON Web Token of type statuslist+jwt (§5.1): sub (the list's address), iss, iat, exp, ttl, status_list. Empty
    // if there is no such list, as where tokens are signed with a shared secret. Throws Unavailable.
    std::optional<std::string> written(std::int64_t list);

private:
    struct Made {
        Time at;
        std::string text;
    };
    std::string make(std::int64_t list, const store::ListedSessions& numbers, Time now);

    store::StatusListStore store_;
    IdTokens& id_tokens_;
    const Clock& clock_;
    const bool are_on_;
    std::mutex mutex_;
    std::map<std::int64_t, Made> made_;  // under mutex_; a bounded number
};

// Where the lists of this issuer stand: the number of a list comes behind it.
std::string status_lists_at(std::string_view issuer);

// The claim `status` of a token (§6.1), as JSON.
std::string status_claim(std::int64_t number, std::string_view lists_at);

// Bytes as the member `lst` of a list (§4.2): compressed (RFC 1950) and in base64url.
std::string compressed_list(std::string_view bytes);

}  // namespace keyhold::domain
