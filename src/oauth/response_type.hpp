// SPDX-License-Identifier: Apache-2.0
// What a client is given when the person comes back (OAuth 2.0 Multiple Response Type Encoding Practices).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keyhold::oauth {

enum class ResponseType : std::uint8_t { code, id_token, id_token_token };

struct ResponseTypeRow {
    std::string_view name;
    std::string_view grant;  // that the client needs
    ResponseType type;
};
inline constexpr std::array<ResponseTypeRow, 3> response_types{
    ResponseTypeRow{"code", "authorization_code", ResponseType::code},
    ResponseTypeRow{"id_token", "implicit", ResponseType::id_token},
    ResponseTypeRow{"id_token token", "implicit", ResponseType::id_token_token}};

// §3: "The order of the values does not matter."
inline std::optional<ResponseType> response_type_of(std::string_view name) {
    if (name == "token id_token") name = "id_token token";
    const auto* const found = std::ranges::find(response_types, name, &ResponseTypeRow::name);
    return found != response_types.end() ? std::optional(found->type) : std::nullopt;
}

inline std::string_view grant_of(ResponseType type) {
    return std::ranges::find(response_types, type, &ResponseTypeRow::type)->grant;
}

// §2.1: a code in the query; tokens behind '#', which no browser sends to a server.
inline bool answers_in_fragment(ResponseType type) { return type != ResponseType::code; }

}  // namespace keyhold::oauth
