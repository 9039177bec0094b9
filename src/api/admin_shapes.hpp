// SPDX-License-Identifier: Apache-2.0
// What the routes below /admin/api/ share: who may look and who may change, how accounts are shown, and of which one a
// change is (docs/roles.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/administrator.hpp"
#include "api/current_user.hpp"
#include "api/if_match.hpp"
#include "domain/accounts/administration.hpp"
#include "domain/errors.hpp"
#include "http/route.hpp"
#include "http/scopes.hpp"

namespace keyhold::api {

// Whoever may look: an administrator, or somebody with keyhold:support.
struct Onlooker {
    User user;
};

// How a route below /admin/api/ is described.
// `no_store`, as every answer here is about somebody (RFC 9111 §5.2.2.5). Besides `refusals` the document lists what
// the parameters of the handler refuse.
inline http::RouteAbout about_route(std::string_view summary, http::On on, std::string_view description,
                                    std::vector<Errc> refusals = {}) {
    return {.summary = summary,
            .tag = "admin",
            .door = Door::admin,
            .on = on,
            .no_store = true,
            .refusals = std::move(refusals),
            .description = description};
}

// What {id} is in all paths below /admin/api/users/.
using UserId = http::Path<"id", std::string, about("The account's id")>;

struct AdminUser {
    static constexpr std::string_view schema_name = "AdminUser";
    std::string id;
    std::string username;
    std::optional<std::string> email;
    std::optional<bool> email_verified;  // there if `email` is
    bool disabled = false;
    std::optional<std::string> erase_at;  // RFC 3339; there if its owner closed it, and then it is disabled
    std::string created_at;               // RFC 3339
    std::vector<std::string> roles;
    std::string version;  // what ETag says, for If-Match
};
KEYHOLD_FIELDS(AdminUser, (id, about("Stays the same, whatever the account is called")),
               (username, about("What the account is called")), (email, about("Absent if it has none")),
               (email_verified, about("There if `email` is")), (disabled, about("Nobody can log in with it")),
               (erase_at, about("When it is erased, if its owner has closed it")), (created_at, about("RFC 3339")),
               (roles, about("What it has now")), (version, about("What ETag says, for If-Match")))

// No password hash and no generation: an administrator has no use for either.
inline AdminUser shown(const domain::Account& account, const domain::Administration& administration) {
    return {.id = account.id,
            .username = account.username,
            .email = account.email,
            .email_verified = account.email ? std::optional(account.email_verified) : std::nullopt,
            .disabled = account.disabled,
            .erase_at = account.erase_at ? std::optional(rfc3339(*account.erase_at)) : std::nullopt,
            .created_at = rfc3339(account.created_at),
            .roles = administration.roles_of(account),
            .version = domain::version_of(account)};
}

// The version of the account that a change is of.
inline Result<std::string> version_seen(std::string_view id, const IfMatch& seen,
                                        domain::Administration& administration) {
    const auto account = administration.find(id);
    if (!account) return account.error();
    return seen.seen_of(domain::version_of(*account));
}

// One of them, with its entity tag (RFC 9110 §8.8.3).
struct TaggedUser {
    AdminUser user;
    bool is_new = false;
};

}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Extract<api::Onlooker> {
    static Result<api::Onlooker> from(const Request& request, const Authenticator& authenticator) {
        auto user = authenticator.authenticate(request);
        if (!user) return std::move(user).error();
        if (!user->has_scope(domain::admin_scope) && !user->has_scope(domain::support_scope))
            // The smaller of the two is named, as it would be enough.
            return needs_scope(domain::support_scope);
        return api::Onlooker{std::move(user).value()};
    }
    static void describe(Operation& operation) {
        Extract<User>::describe(operation);
        describe_scope(operation, domain::support_scope);
    }
};

template <>
struct Respond<api::TaggedUser> {
    static void write(Response& response, const api::TaggedUser& tagged) {
        Respond<api::AdminUser>::write(response, tagged.user);
        response.add_field("ETag", "\"" + tagged.user.version + "\"");
        if (!tagged.is_new) return;
        // RFC 9110 §15.3.2: 201 says where the new resource is.
        response.status = 201;
        response.add_field("Location", "/admin/api/users/" + tagged.user.id);
    }
    static void describe(Operation& operation) { Respond<api::AdminUser>::describe(operation); }
};

}  // namespace keyhold::http
