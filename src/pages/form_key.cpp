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

std::string FormKey::token(std::string_view session_id) const {
    const crypto::Mac mac("SHA256", value_);
    const auto code = mac.compute(std::string("form ").append(session_id));
    return base64url::encode({code.data(), mac.size()});
}

bool FormKey::opens(std::string_view token, std::string_view session_id) const {
    return !is_fresh_ && crypto::equal(token, this->token(session_id));
}

// No age: it goes when the browser is closed.
std::string FormKey::cookie() const { return http::set_cookie(form_cookie, value_, std::nullopt); }

}  // namespace keyhold::pages
