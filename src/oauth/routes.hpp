// SPDX-License-Identifier: Apache-2.0
// The routes of OAuth 2.
#pragma once

#include <chrono>
#include <string>

#include "http/route.hpp"

namespace keyhold::oauth {

// What the server says of itself to whoever wants to use it or to verify its tokens.
struct Discovery {
    std::string issuer;            // empty: nobody knows
    bool has_public_keys;          // tokens are signed by keys of our own
    std::chrono::seconds max_age;  // others may keep it so long
};

void add_token_routes(http::Mount& mount);  // /oauth/token, /token
// `of_oauth` answers refusals as RFC 6749 §5.2 has them; `of_old_paths`, the paths of the tutorial, as problem
// details. Here and below.
void add_introspection_routes(http::Mount& of_oauth, http::Mount& of_old_paths);
void add_revocation_routes(http::Mount& of_oauth, http::Mount& of_old_paths);
void add_authorize_routes(http::Mount& mount);                              // /oauth/authorize, /oauth/consent
void add_end_session_routes(http::Mount& mount);                            // /oauth/end-session
void add_par_routes(http::Mount& mount);                                    // /oauth/par
void add_userinfo_routes(http::Mount& mount);                               // /oauth/userinfo
void add_device_routes(http::Mount& mount, http::Mount& for_people);        // /oauth/device, /device
void add_registration_routes(http::Mount& mount);                           // /oauth/clients
void add_forward_auth_routes(http::Mount& mount, http::Mount& for_people);  // /forward-auth
void add_revocation_feed_routes(http::Mount& mount);                        // /events/revocations
void add_status_list_routes(http::Mount& mount);                            // /oauth/status-lists
void add_discovery_routes(http::Mount& mount);  // /.well-known/oauth-authorization-server, openid-configuration

// All of them. Services: domain::Accounts, Throttle, Sessions, Tokens, LogInCounters, ClientAuthentication,
// ClientAssertions, ClientRegistration, RegisteredClients, Authorizations, DeviceGrants, IdTokens; a Clock; Discovery,
// Settings; domain::Revocations, StatusLists, http::WaitList.
void add_routes(http::Routes& routes, const http::Services& services);

}  // namespace keyhold::oauth
