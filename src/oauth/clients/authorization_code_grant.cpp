// SPDX-License-Identifier: Apache-2.0
// grant_type=authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.5): what a person allowed a client becomes a session of
// the client's.
#include "oauth/clients/grant.hpp"

namespace keyhold::oauth {

Result<domain::LoggedIn> give_for_authorization_code(const TokenRequest& wanted, const Asking& who,
                                                     const GrantServices& services) {
    if (!wanted.code) return missing("code");
    // Required, as every authorization request here has one (RFC 6749 §4.1.3).
    if (!wanted.redirect_uri) return missing("redirect_uri");
    return services.authorizations.redeem(
        {.code = wanted.code->reveal(),
         .redirect_uri = *wanted.redirect_uri,
         .verifier = wanted.code_verifier ? wanted.code_verifier->reveal() : std::string_view(),
         .client = *who.registered,
         // The list of sessions shows the client's name where a person's own show the browser.
         .from = {who.registered->name, who.request.remote_address}});
}

}  // namespace keyhold::oauth
