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

struct RefreshToken {
    Id session;
    Secret secret;    // 32 bytes
    std::string tag;  // 16 bytes

    Secret text() const;
    // In base64url, as stored.
    std::string digest() const;
    bool is_of_family(std::string_view family_key) const;  // constant time

    static RefreshToken make(const Id& session, Secret secret, std::string_view family_key);
    RefreshToken successor(std::string_view salt, std::string_view family_key) const;
};

// Whether it begins as ours do.
bool looks_like_refresh_token(std::string_view text);

// Empty for what is no text of a refresh token.
std::optional<RefreshToken> parse_refresh_token(std::string_view text);

// When a token was used, and the salt of its successor.
struct Rotation {
    Time at;
    std::string salt;
};

// Rotations as they are stored, newest first: "1800000000:salt 1799999990:salt".
std::string format_rotations(const std::vector<Rotation>& rotations);
std::vector<Rotation> parse_rotations(std::string_view text);

// `newest` in front of those that are not older than `grace`; at most four, so that nobody makes the list long.
std::vector<Rotation> with_newest(Rotation newest, std::vector<Rotation> rotations, std::chrono::seconds grace);

// The successor that `used` was given, if that was within the grace and leads to the digest that is good now.
std::optional<RefreshToken> successor_within(const RefreshToken& used, const std::vector<Rotation>& rotations,
                                             std::string_view family_key, std::string_view good_digest, Time now,
                                             std::chrono::seconds grace);

}  // namespace keyhold::domain
