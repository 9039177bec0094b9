// SPDX-License-Identifier: Apache-2.0
// The ID token of what a client was given (OpenID Connect Core §2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/accounts/accounts.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/passwords/log_in.hpp"

namespace keyhold::oauth {

// Whether an access token goes with it, which opens /oauth/userinfo. §5.4: without one, what the scopes ask for stands
// in the ID token itself.
enum class AccessToken : std::uint8_t { beside_it, withheld };

// With the claims that were asked for one by one. Empty: nobody asked for one (`openid`), or none can be issued.
std::optional<std::string> id_token_of(const domain::LoggedIn& given, const domain::RegisteredClient& client,
                                       domain::IdTokens& id_tokens, domain::Accounts& accounts,
                                       domain::Profiles& profiles, AccessToken access_token = AccessToken::beside_it);

}  // namespace keyhold::oauth
