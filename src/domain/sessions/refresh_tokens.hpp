// SPDX-License-Identifier: Apache-2.0
// Refresh tokens: what they look like, and how one follows from another (RFC 9700 §4.14.2).
//
// "khr_" and the base64url of: the session's id (16 bytes), a secret (32), a tag (16). Only the secret's digest is
// stored. The tag is a MAC under the session's own family key, which opens nothing: it tells a token of ours that was
// used up, which means theft, from one that somebody made up, which means nothing.
//
// A successor is not drawn but derived: HMAC(predecessor's secret, salt), with the salt in the database. So whoever
// comes with the predecessor within the grace gets the same successor again, and neither the database alone nor an old
// token alone is enough to compute it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/secret.hpp"

namespace keyhold::domain {

// A token that was taken apart. That it could be parsed says nothing of whether it is good.
struct RefreshToken {
    Id session;
    Secret secret;    // 32 bytes
    std::string tag;  // 16 bytes

    // "khr_" and 86 characters of base64url.
    Secret text() const;
    // In base64url, as stored.
    std::string digest() const;
    bool is_of_family(std::string_view family_key) const;  // constant time

    // `family_key` in base64url, as the session's row has it; here and below.
    static RefreshToken make(const Id& session, Secret secret, std::string_view family_key);
    // The token that this one is replaced by, where the row has `salt` for it. The same each time.
    RefreshToken successor(std::string_view salt, std::string_view family_key) const;
};

// Whether it begins as ours do.
bool looks_like_refresh_token(std::string_view text);

// Empty for what is no text of a refresh token.
std::optional<RefreshToken> parse_refresh_token(std::string_view text);

// When a token was used, and the salt of its successor. The time is that of the last answer that was given for it while
// nobody had shown the successor.
struct Rotation {
    Time at;
    std::string salt;
};

// What a session's row keeps of its line of tokens.
struct RotationHistory {
    std::vector<Rotation> rotations;  // newest first, at most four
    // In how many rotations in a row the used token came again after the grace: up to the newest, or to the one before
    // it (docs/decisions/0055-the-same-successor-until-it-is-used.md).
    int late_in_a_row = 0;
    bool newest_is_late = false;

    // As it is stored: "late:2 1800000000:salt 1799999990:salt", or "before:2 ..." if the newest is not late. Nodes of
    // an earlier release skip the word.
    static RotationHistory parse(std::string_view text);
    std::string format() const;

    // A token was used for the first time: `newest` goes in front of those that are not older than `grace`.
    void add(Rotation newest, std::chrono::seconds grace);
    // The token that was used last came again after the grace, and is answered once more. The grace begins anew.
    void answer_late(Time now);
    // Whether that may be: not time after time.
    bool may_answer_late() const;
};

// What a used token was given.
struct Successor {
    RefreshToken token;
    Time at;                 // as in Rotation
    bool was_shown = false;  // to us: whoever got it is known to have it
};

// Empty if `used` is of another line, or so old that its rotation is not kept. `good_digest` is that of the one token
// that is good now.
std::optional<Successor> find_successor(const RefreshToken& used, const RotationHistory& history,
                                        std::string_view family_key, std::string_view good_digest);

}  // namespace keyhold::domain
