// SPDX-License-Identifier: Apache-2.0
#include "pages/form_key.hpp"

#include <array>

#include "base/base64url.hpp"
#include "crypto/equal.hpp"
#include "crypto/mac.hpp"
#include "http/routes/session_cookies.hpp"

namespace keyhold::pages {
namespace {

constexpr std::string_view form_cookie = "__Host-keyhold-form";
constexpr std::size_t key_bytes = 32;
constexpr char before_session = '.';  // in no base64url

}  // namespace

FormKey FormKey::of(const http::Request& request, Random& random) {
    const auto cookie = http::find_cookie(request, form_cookie);
    const auto bytes = cookie ? base64url::decode(*cookie) : std::nullopt;
    if (!bytes || bytes->size() != key_bytes) return fresh(random);
    return {std::string(*cookie), false};
}

FormKey FormKey::fresh(Random& random) {
    std::string bytes(key_bytes, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return {base64url::encode(bytes), true};
}

std::string FormKey::code_of(std::string_view text) const {
    const crypto::Mac mac("SHA256", value_);
    const auto code = mac.compute(text);
    return base64url::encode({code.data(), mac.size()});
}

std::string FormKey::token(std::string_view session_id) const {
    std::string token = code_of(std::string("form ").append(session_id));
    if (!session_id.empty()) token.append(1, before_session).append(session_id);
    return token;
}

bool FormKey::opens(std::string_view token, std::string_view session_id) const {
    // Without what stands behind the code, as in forms that were shown by an earlier release.
    const std::string_view code = token.substr(0, token.find(before_session));
    return !is_fresh_ && crypto::equal(code, code_of(std::string("form ").append(session_id)));
}

std::optional<std::string_view> FormKey::session_of(std::string_view token) const {
    const std::size_t at = token.find(before_session);
    if (at == token.npos) return std::nullopt;
    const std::string_view session_id = token.substr(at + 1);
    return opens(token, session_id) ? std::optional(session_id) : std::nullopt;
}

std::string FormKey::proof_of_owner(std::string_view account_id, std::string_view way) const {
    return code_of(std::string("kept ").append(account_id).append(" ").append(way));
}

// No age: it goes when the browser is closed.
std::string FormKey::cookie() const { return http::set_cookie(form_cookie, value_, std::nullopt); }

}  // namespace keyhold::pages
