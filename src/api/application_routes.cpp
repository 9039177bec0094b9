// SPDX-License-Identifier: Apache-2.0
// The applications that can act for whoever asks.
#include "api/current_user.hpp"
#include "api/routes.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/connected_applications.hpp"
#include "domain/words.hpp"

namespace keyhold::api {
namespace {

struct ShownApplication {
    static constexpr std::string_view schema_name = "ConnectedApplication";
    std::string client_id;
    std::string name;
    std::vector<std::string> scopes;
    std::optional<std::string> allowed_at;
    std::int64_t sessions = 0;
    std::optional<std::string> last_used_at;
};
KEYHOLD_FIELDS(ShownApplication, (client_id, about("The name under which the client is registered")),
               (name, about("As it calls itself, or its id")),
               (scopes, about("What it was allowed, and what its sessions have")),
               (allowed_at, about("Since when nobody is asked again (RFC 3339); absent: only its sessions are there")),
               (sessions, about("How many of its sessions live")),
               (last_used_at, about("When one of its sessions was last begun or refreshed (RFC 3339)")))

struct ApplicationList {
    static constexpr std::string_view schema_name = "ConnectedApplications";
    std::vector<ShownApplication> applications;
};
KEYHOLD_FIELDS(ApplicationList, (applications, about("In the order of their ids")))

// GET /me/applications: clients that the account has allowed something for good, and those that have a live session of
// it, in the order of their ids.
ApplicationList list_applications(const CurrentUser& who, domain::ConnectedApplications& applications) {
    ApplicationList list;
    for (const domain::ConnectedApplication& application : applications.list(who.id())) {
        const store::ConnectedClient& client = application.client;
        const auto said = [](std::optional<Time> time) {
            return time ? std::optional(rfc3339(*time)) : std::optional<std::string>();
        };
        const auto words = words_in(client.scope);
        list.applications.push_back({client.client_id,
                                     application.name,
                                     {words.begin(), words.end()},
                                     said(client.allowed_at),
                                     static_cast<std::int64_t>(client.sessions),
                                     said(client.used_at)});
    }
    return list;
}

// DELETE /me/applications/{client_id}: what was allowed is forgotten, and the client's sessions of this account end.
// Refused: client_not_found, for a client that has nothing of the account, whether it exists or not.
Result<http::NoContent> disconnect(
    const CurrentUser& who, const http::Path<"client_id", std::string, about("The client, by its id")>& client_id,
    domain::ConnectedApplications& applications) {
    const auto done = applications.disconnect(who.id(), *client_id);
    if (!done) return done.error();
    return http::NoContent{};
}

}  // namespace

void add_application_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/me/applications",
              {.summary = "The applications that use my account",
               .tag = "accounts",
               .on = http::On::storing,
               .no_store = true,
               .description = "OAuth clients that the account has allowed something for good, or that have a live "
                              "session of it."},
              list_applications);
    mount.add(http::Method::delete_, "/me/applications/{client_id}",
              {.summary = "Disconnect an application",
               .tag = "accounts",
               .on = http::On::storing,
               .no_store = true,
               .refusals = {errors::client_not_found},
               .description = "What it was allowed is forgotten, so that it has to ask again. Its tokens are refused "
                              "from the moment of the answer, refresh tokens of offline_access too."},
              disconnect);
}

}  // namespace keyhold::api
