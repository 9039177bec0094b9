// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/refresh_tokens.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/base64url.hpp"
#include "base/integer.hpp"
#include "crypto/digest.hpp"
#include "crypto/equal.hpp"
#include "crypto/mac.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view refresh_prefix = "khr_";  // lets scanners for leaked secrets find it
constexpr std::size_t id_size = 16, secret_size = 32, tag_size = 16;
constexpr std::size_t most_rotations = 4;

// A client that loses its answer and comes back after the grace is bad luck; six times running, with an answer that
// arrived in between each time, it is two parties that take turns with one line of tokens.
constexpr int most_late_in_a_row = 5;
constexpr std::string_view late_word = "late:", before_word = "before:";

std::string bytes_of(const Id& id) { return {reinterpret_cast<const char*>(id.data()), id.size()}; }

std::string hmac(std::string_view key, std::string_view message) {
    const crypto::Mac mac("SHA256", key);
    return {mac.compute(message).data(), mac.size()};
}

// The first 128 bits of HMAC-SHA256 over id and secret, which have fixed lengths, so that no two pairs make the same
// message.
std::string tag_of(const Id& session, std::string_view secret, std::string_view family_key) {
    return hmac(family_key, bytes_of(session).append(secret)).substr(0, tag_size);
}

}  // namespace

RefreshToken RefreshToken::make(const Id& session, Secret secret, std::string_view family_key) {
    std::string tag = tag_of(session, secret.reveal(), family_key);
    return {session, std::move(secret), std::move(tag)};
}

Secret RefreshToken::text() const {
    const Secret bytes(bytes_of(session).append(secret.reveal()).append(tag));
    return Secret(std::string(refresh_prefix) + base64url::encode(bytes.reveal()));
}

// SHA-256 without a salt or a cost: the secret has 256 random bits, which nobody guesses.
std::string RefreshToken::digest() const { return base64url::encode(crypto::sha256(secret.reveal())); }

bool RefreshToken::is_of_family(std::string_view family_key) const {
    return crypto::equal(tag_of(session, secret.reveal(), family_key), tag);
}

RefreshToken RefreshToken::successor(std::string_view salt, std::string_view family_key) const {
    return make(session, Secret(hmac(secret.reveal(), std::string("refresh ").append(salt))), family_key);
}

bool looks_like_refresh_token(std::string_view text) { return text.starts_with(refresh_prefix); }

std::optional<RefreshToken> parse_refresh_token(std::string_view text) {
    if (!looks_like_refresh_token(text)) return std::nullopt;
    text.remove_prefix(refresh_prefix.size());
    constexpr std::size_t size = id_size + secret_size + tag_size;
    // The length of base64url without padding (RFC 4648 §5).
    if (text.size() != (size * 4 + 2) / 3) return std::nullopt;
    auto decoded = base64url::decode(text);
    if (!decoded || decoded->size() != size) return std::nullopt;
    const Secret bytes(*std::move(decoded));
    RefreshToken token{{},
                       Secret(bytes.reveal().substr(id_size, secret_size)),
                       std::string(bytes.reveal().substr(id_size + secret_size))};
    std::copy_n(bytes.reveal().begin(), id_size, reinterpret_cast<char*>(token.session.data()));
    return token;
}

std::string RotationHistory::format() const {
    std::string text;
    if (late_in_a_row > 0) text = std::string(newest_is_late ? late_word : before_word) + std::to_string(late_in_a_row);
    for (const Rotation& rotation : rotations) {
        if (!text.empty()) text += ' ';
        text.append(std::to_string(rotation.at.time_since_epoch().count())).append(":").append(rotation.salt);
    }
    return text;
}

RotationHistory RotationHistory::parse(std::string_view text) {
    RotationHistory history;
    while (!text.empty()) {
        std::string_view one = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        for (const std::string_view word : {late_word, before_word}) {
            if (!one.starts_with(word)) continue;
            history.newest_is_late = word == late_word;
            history.late_in_a_row = std::clamp(parse_integer<int>(one.substr(word.size())).value_or(most_late_in_a_row),
                                               0, most_late_in_a_row);
        }
        std::int64_t seconds = 0;
        const auto read = std::from_chars(one.data(), one.data() + one.size(), seconds);
        // Entries that cannot be read are skipped, because another release may have written them.
        if (read.ec != std::errc() || read.ptr == one.data() + one.size()) continue;
        history.rotations.push_back({Time(std::chrono::seconds(seconds)),
                                     std::string(one.substr(static_cast<std::size_t>(read.ptr - one.data()) + 1))});
    }
    return history;
}

void RotationHistory::add(Rotation newest, std::chrono::seconds grace) {
    // A clock that was set back makes a rotation look younger; it stays a little longer then.
    std::erase_if(rotations, [&](const Rotation& rotation) { return newest.at - rotation.at > grace; });
    rotations.insert(rotations.begin(), std::move(newest));
    if (rotations.size() > most_rotations) rotations.resize(most_rotations);
    // The one before the newest was answered on time, so the count of late ones in a row ends.
    if (!newest_is_late) late_in_a_row = 0;
    newest_is_late = false;
}

void RotationHistory::answer_late(Time now) {
    rotations.front().at = now;
    // Counted once for each rotation, however often the same token comes late.
    if (!newest_is_late) ++late_in_a_row;
    newest_is_late = true;
}

bool RotationHistory::may_answer_late() const { return newest_is_late || late_in_a_row < most_late_in_a_row; }

std::optional<Successor> find_successor(const RefreshToken& used, const RotationHistory& history,
                                        std::string_view family_key, std::string_view good_digest) {
    // From each rotation on, the salts lead to the token of today, if `used` was the one that it used up.
    for (std::size_t first = 0; first < history.rotations.size(); ++first) {
        RefreshToken successor = used.successor(history.rotations[first].salt, family_key);
        RefreshToken last = used.successor(history.rotations[first].salt, family_key);
        // Follows the history from the assumed successor to the token of today.
        for (std::size_t i = first; i-- > 0;) last = last.successor(history.rotations[i].salt, family_key);
        if (last.digest() == good_digest)
            return Successor{std::move(successor), history.rotations[first].at, first > 0};
    }
    return std::nullopt;
}

}  // namespace keyhold::domain
