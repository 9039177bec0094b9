// SPDX-License-Identifier: Apache-2.0
// What introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1) are asked about.
#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"
#include "http/extract.hpp"

namespace keyhold::oauth {

// At /introspect and /revoke.
struct TokenQuestion {
    static constexpr std::string_view schema_name = "TokenQuestion";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"token": "..."})";
    Secret token;
    std::optional<std::string> token_type_hint;  // not needed: ours tell themselves apart
};
KEYHOLD_FIELDS(TokenQuestion, (token, about("The token that is meant")),
               (token_type_hint, about("`access_token` or `refresh_token`; only a hint")))

// Below /oauth/, where the standard's form is the only notation.
struct TokenForm {
    static constexpr std::string_view schema_name = "TokenForm";
    static constexpr http::Notation notation = http::Notation::form;
    static constexpr std::string_view example = TokenQuestion::example;
    Secret token;
    std::optional<std::string> token_type_hint;
    std::optional<std::string> client_id;  // read by Client (oauth/client.hpp), as is client_secret
    std::optional<Secret> client_secret;
};
KEYHOLD_FIELDS(TokenForm, (token, about("The token that is meant")),
               (token_type_hint, about("`access_token` or `refresh_token`; only a hint")),
               (client_id, about("The name under which the client is registered")),
               (client_secret, about("Its secret, if it has one and does not send it as HTTP Basic")))

}  // namespace keyhold::oauth
