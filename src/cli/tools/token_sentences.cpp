// SPDX-License-Identifier: Apache-2.0
// The sentences of `keyhold token inspect`: refusals with the times and names that they are about, which the server
// does not tell to strangers.
#include "cli/tools/token_sentences.hpp"

#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

#include <algorithm>
#include <cmath>

namespace keyhold::cli {
namespace {

// The two largest units: "12 s", "3 min 5 s", "2 h 10 min", "5 d 3 h". Begun seconds count.
std::string in_words(double seconds) {
    constexpr double century = 100.0 * 365.25 * 24 * 3600;
    // Asked this way round, so that NaN ends here too; below a century std::int64_t holds the number.
    if (!(seconds < century)) return "more than 100 years";
    const auto total = static_cast<std::int64_t>(std::ceil(seconds));
    const std::int64_t days = total / 86400, hours = total / 3600 % 24, minutes = total / 60 % 60;
    const auto pair = [](std::int64_t large, const char* unit, std::int64_t small, const char* smaller) {
        const std::string text = std::to_string(large) + unit;
        return small == 0 ? text : text + " " + std::to_string(small) + smaller;
    };
    if (days != 0) return pair(days, " d", hours, " h");
    if (hours != 0) return pair(hours, " h", minutes, " min");
    if (total >= 120) return pair(minutes, " min", total % 60, " s");
    return std::to_string(total) + " s";
}

// "exp, 2023-11-14T22:13:20Z", or the name alone where no calendar has the time.
std::string moment(const char* claim, double seconds) {
    constexpr double end_of_9999 = 253402300799;
    if (!(seconds >= 0 && seconds <= end_of_9999)) return claim;
    return claim + (", " + rfc3339(Time(std::chrono::seconds(static_cast<std::int64_t>(seconds)))));
}

// Two machines that disagree by more than this have another trouble than their clocks.
constexpr double minutes_of_drift = 5 * 60;
const char* ask_for_clocks(double difference) { return difference <= minutes_of_drift ? "; do the clocks agree?" : ""; }

// 0 if it is missing or no number. A NumericDate may have a fraction (RFC 7519 §2), so it is a double.
double number_of(const json::Value& claims, const char* name) {
    const auto claim = claims.find(name);
    return claim ? claim->number().value_or(0) : 0;
}

// The kid comes from a stranger's token or key file: as a JSON string it cannot move the terminal's cursor.
std::string name_of(const jose::Key& key) {
    if (key.kid().empty()) return key.is_symmetric() ? "the secret" : "a key without kid";
    std::string text;
    json::append_string(text, key.kid());
    return text;
}

std::string with_algorithm(const jose::Key& key) {
    return name_of(key) + " (" + std::string(key.algorithm().name) + ")";
}

std::string list_of(const jose::KeySet& keys) {
    // A key set of a large issuer would fill the screen.
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, keys.keys().size()); ++i)
        text += (i == 0 ? "" : ", ") + with_algorithm(keys.keys()[i]);
    if (keys.keys().size() > most) text += " and " + std::to_string(keys.keys().size() - most) + " more";
    return text;
}

// Null for an empty kid, which names no key.
const jose::Key* find_kid(const jose::KeySet& keys, std::string_view kid) {
    for (const jose::Key& key : keys.keys())
        if (!kid.empty() && key.kid() == kid) return &key;
    return nullptr;
}

}  // namespace

// The same refusal with figures: how long ago, which of two claims, what was expected. Other refusals are returned as
// they are.
Error in_figures(const Error& refusal, const json::Value& claims, const jose::Expectations& expectations, Time now) {
    const auto at = static_cast<double>(now.time_since_epoch().count());
    if (refusal.errc() == errors::token_expired) {
        const double exp = number_of(claims, "exp");
        if (exp == at) return {errors::token_expired, "It expires at this very second (" + moment("exp", exp) + ")"};
        return {errors::token_expired,
                "It expired " + in_words(at - exp) + " ago (" + moment("exp", exp) + ")" + ask_for_clocks(at - exp)};
    }
    if (refusal.errc() == errors::token_not_yet_valid) {
        // One code for both claims (RFC 7519 §4.1.5, §4.1.6): which of them it was has to be found again.
        const double nbf = number_of(claims, "nbf"), iat = number_of(claims, "iat");
        if (nbf > at)
            return {errors::token_not_yet_valid, "It is not valid for another " + in_words(nbf - at) + " (" +
                                                     moment("nbf", nbf) + ")" + ask_for_clocks(nbf - at)};
        return {errors::token_not_yet_valid, "It was issued " + in_words(iat - at) + " from now (" +
                                                 moment("iat", iat) + "): the clock there is ahead of this one"};
    }
    const auto issuer = claims.find("iss");
    // token_claims is the code of several claims; only a refusal that speaks of "iss" is worded anew.
    if (refusal.errc() == errors::token_claims && !expectations.issuer.empty() && (!issuer || issuer->is_string()) &&
        (!issuer || issuer->string() != expectations.issuer) &&
        refusal.detail().find("iss") != std::string_view::npos) {
        std::string text = issuer ? "Its issuer (iss) is " : "It names no issuer (iss), and ";
        if (issuer) {
            json::append_value(text, *issuer);
            text += ", and ";
        }
        json::append_string(text, expectations.issuer);
        return {errors::token_claims, text + " is expected"};
    }
    return refusal;
}

// Why no key was tried, in the order of what helps most: no kid, a kid for another algorithm, a key that was dropped,
// an unknown one.
Error unknown_key(const jose::Header& header, const Knowledge& knowledge) {
    const std::string alg(header.algorithm->name);
    if (!header.kid)
        return {errors::token_key_unknown, "No key here is for alg " + alg + "; there is " + list_of(*knowledge.keys)};
    const jose::Key* const key = find_kid(*knowledge.keys, *header.kid);
    if (key != nullptr && key->algorithm().name != alg)
        return {errors::token_key_unknown, "The key " + name_of(*key) + " is for " +
                                               std::string(key->algorithm().name) + ", and the header says " + alg};
    // Before the list of keys that are there: a key that was dropped or is over says more than that it is missing.
    if (knowledge.what_became_of_key)
        if (std::string fate = knowledge.what_became_of_key(*header.kid); !fate.empty())
            return {errors::token_key_unknown, std::move(fate)};
    std::string kid;
    json::append_string(kid, *header.kid);
    return {errors::token_key_unknown,
            "No key here is for alg " + alg + " and kid " + kid + "; there is " + list_of(*knowledge.keys)};
}

Error wrong_signature(const jose::Header& header, const jose::KeySet& keys) {
    const jose::Key* const key = keys.find(header.algorithm->name, header.kid);
    // Behind `key`, as two keys may have one kid or none.
    const bool alone = keys.find(header.algorithm->name, header.kid, key) == nullptr;
    return {errors::token_signature, "Its signature was not made by " +
                                         (alone ? with_algorithm(*key) : "any of the keys here that fit") +
                                         ": another key signed it, or it was changed afterwards"};
}

// For a token that nothing speaks against; `key` is null if its signature was not checked.
std::string praise_for(const std::optional<json::Value>& claims, const jose::Key* key, Time now) {
    if (key == nullptr)
        return "Nothing in it speaks against it, but its signature was not checked: there is no key here";
    std::string text = "It was signed by " + with_algorithm(*key);
    if (!claims) return text + " and holds no claims";
    if (!claims->find("exp")) return text + " and never expires (no exp)";
    const double exp = number_of(*claims, "exp");
    const auto at = static_cast<double>(now.time_since_epoch().count());
    return text + " and is valid for another " + in_words(exp - at) + " (" + moment("exp", exp) + ")";
}

}  // namespace keyhold::cli
