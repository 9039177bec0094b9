// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/request_objects.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/errors.hpp"
#include "base/json.hpp"
#include "domain/clients/client_assertions.hpp"
#include "domain/words.hpp"
#include "jose/algorithm.hpp"
#include "jose/jwt.hpp"

namespace keyhold::domain {
namespace {

constexpr std::string_view unsigned_ = "none";
constexpr int most_fetches = 4, most_fetches_of_strangers = 2;
// How far a client's clock may be ahead of ours.
constexpr std::chrono::seconds ahead{60};

Error refuse_object(std::string why) { return {errors::validation_failed, "The request object " + std::move(why)}; }

// RFC 7519 §6.1: "none", and an empty signature. jose/ knows no such thing, so that no token can be one.
std::optional<std::string_view> payload_of_unsigned(std::string_view text) {
    const std::size_t first = text.find('.'), second = text.find('.', first + 1);
    if (first == text.npos || second != text.size() - 1) return std::nullopt;
    const auto header = base64url::decode(text.substr(0, first));
    json::Document document;
    const auto root = header ? document.parse(*header) : std::optional<json::Value>();
    const auto algorithm = root && root->is_object() ? root->find("alg") : std::nullopt;
    if (!algorithm || algorithm->string() != unsigned_) return std::nullopt;
    return text.substr(first + 1, second - first - 1);
}

// RFC 9101 §4: `iss` and `aud` are there for those who check them; §10.8: one for somebody else is none of ours.
bool is_between(const json::Value& claims, std::string_view client, const std::string& issuer) {
    if (const auto from = claims.find("iss"); from && !(from->is_string() && *from->string() == client)) return false;
    return !claims.find("aud") || is_in_audience(claims, {issuer});
}

}  // namespace

std::vector<std::string_view> request_object_algorithms() {
    auto names = client_assertion_algorithms();
    names.insert(names.begin(), unsigned_);
    return names;
}

bool RequestObjects::is_signed(const jose::Compact& parts, const RegisteredClient& client) const {
    const auto header = jose::parse_header(parts.header);
    const std::string& wanted = client.request_object_algorithm;
    if (!header || (!wanted.empty() && header->algorithm->name != wanted)) return false;
    return keys_.have_signed(parts, client);
}

Result<std::string> RequestObjects::read(const RegisteredClient& client, std::string_view text) const {
    auto payload = payload_of_unsigned(text);
    if (payload) {
        const std::string& wanted = client.request_object_algorithm;
        if (!wanted.empty() && wanted != unsigned_) return refuse_object("is not signed by " + wanted);
    } else {
        const auto parts = jose::split(text);
        if (!parts || !is_signed(*parts, client))
            return refuse_object("is no JWT under a key that this client registered");
        payload = parts->payload;
    }
    auto claims = base64url::decode(*payload);
    json::Document document;
    const auto root = claims ? document.parse(*claims) : std::optional<json::Value>();
    if (!root || !root->is_object()) return refuse_object("holds no JSON object");
    if (!is_between(*root, client.id, issuer_)) return refuse_object("is another client's, or for another server");
    const jose::Expectations expected{
        .issuer = {}, .audience = {}, .issuer_ahead = ahead, .expiry_required = false, .audience_ignored = true};
    if (auto checked = jose::check_claims(*root, expected, clock_.now()); !checked)
        return refuse_object("has expired, or is of the future");
    return *std::move(claims);
}

std::optional<std::string> RequestObjects::fetch(const RegisteredClient& client, std::string_view uri) {
    const std::string_view address = uri.substr(0, uri.find('#'));
    const auto is_it = [&](std::string_view one) { return one.substr(0, one.find('#')) == address; };
    if (!any_word(client.request_uris, is_it)) return std::nullopt;
    std::atomic<int>& under_way = client.registered_itself() ? of_strangers_ : of_operators_;
    const int most = client.registered_itself() ? most_fetches_of_strangers : most_fetches;
    struct Leaving {
        std::atomic<int>& under_way;
        ~Leaving() { --under_way; }
    };
    const bool may_begin = ++under_way <= most;
    const Leaving leaving{under_way};
    return may_begin ? fetch_(client, std::string(address)) : std::nullopt;
}

}  // namespace keyhold::domain
