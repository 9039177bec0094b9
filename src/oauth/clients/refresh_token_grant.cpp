// SPDX-License-Identifier: Apache-2.0
// grant_type=refresh_token (RFC 6749 §6): the same as /refresh, with its rotation and its notice of theft.
#include "oauth/clients/grant.hpp"

namespace keyhold::oauth {

Result<domain::LoggedIn> give_for_refresh_token(const TokenRequest& wanted, const Asking& who,
                                                const GrantServices& services) {
    if (!wanted.refresh_token) return missing("refresh_token");
    // Without its row a client has no sessions any more: one that began while it was removed is not carried on.
    // A family of refresh tokens belongs to the client that it was given to: a person's own, to clients without a row.
    return domain::carry_on(wanted.refresh_token->reveal(), services.sessions, services.tokens,
                            {.client_id = who.registered ? std::string_view(who.registered->id) : "",
                             .scope = wanted.scope ? std::string_view(*wanted.scope) : "",
                             .nothing_left = domain::NothingLeft::refused});
}

}  // namespace keyhold::oauth
