// SPDX-License-Identifier: Apache-2.0
#include "oauth/routes.hpp"

#include "domain/clients/client_registration.hpp"
#include "oauth/refusal.hpp"
#include "pages/refusal.hpp"

namespace keyhold::oauth {

void add_routes(http::Routes& routes, const http::Services& services) {
    // Also what no route answers below /oauth/ is refused in OAuth's words.
    http::Mount oauth(routes, services, refuse, "/oauth/");
    oauth.describe_refusals(refusal_shape());
    http::Mount introspection(routes, services, refuse_introspection);
    introspection.describe_refusals(refusal_shape());
    http::Mount old_paths(routes, services);  // they answer problem details, as they always did
    add_token_routes(oauth);
    add_par_routes(oauth);
    add_introspection_routes(introspection, old_paths);
    add_revocation_routes(oauth, old_paths);
    add_userinfo_routes(old_paths);
    add_discovery_routes(old_paths);
    add_revocation_feed_routes(old_paths);
    add_status_list_routes(old_paths);
    if (services.get<domain::ClientRegistration>().is_open()) {
        http::Mount registration(routes, services, refuse_registration);
        registration.describe_refusals(registration_refusal_shape());
        add_registration_routes(registration);
    }
    http::Mount for_people(routes, services, pages::page_refusal(services));
    for_people.keep_from_other_origins();  // RFC 9700 §2.6
    add_authorize_routes(for_people);
    add_end_session_routes(for_people);
    add_device_routes(oauth, for_people);
    add_forward_auth_routes(old_paths, for_people);
}

}  // namespace keyhold::oauth
