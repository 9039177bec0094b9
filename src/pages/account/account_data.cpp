// SPDX-License-Identifier: Apache-2.0
// /account/data: what is kept of an account, as a file, for whom it belongs to (GDPR, articles 15 and 20).
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/clients/connected_applications.hpp"
#include "domain/errors.hpp"
#include "domain/event_chain.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/words.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// What is not said is left out. Digests, keys and salts of ours are no facts about a person and stay here.
struct KeptAccount {
    static constexpr std::string_view schema_name = "KeptAccount";
    std::string id, username;
    std::optional<std::string> email;
    std::optional<bool> email_verified;  // there if `email` is
    std::string created_at;              // RFC 3339, as the others
    std::vector<std::string> roles;
};
KEYHOLD_FIELDS(KeptAccount, (id), (username), (email), (email_verified), (created_at), (roles))

// An application that the person has allowed something, or that used the account.
struct KeptApplication {
    static constexpr std::string_view schema_name = "KeptApplication";
    std::string client_id, name, scope;
    std::optional<std::string> allowed_at, last_used_at;
};
KEYHOLD_FIELDS(KeptApplication, (client_id), (name), (scope), (allowed_at), (last_used_at))

// A live session; those that have ended are not kept for long.
struct KeptSession {
    static constexpr std::string_view schema_name = "KeptSession";
    std::string id, device, address, created_at, last_used_at;
    std::optional<std::string> client_id;  // of one that an application has
};
KEYHOLD_FIELDS(KeptSession, (id), (device), (address), (created_at), (last_used_at), (client_id))

struct KeptEvent {
    static constexpr std::string_view schema_name = "KeptEvent";
    std::string at, kind;
    std::optional<std::string> object, reason;
    std::int64_t times = 1;
    bool by_another = false;  // an administrator: from where is said of what the person did alone
    std::optional<std::string> address, device, note;
};
KEYHOLD_FIELDS(KeptEvent, (at), (kind), (object), (reason), (times), (by_another), (address), (device), (note))

// The file as a whole.
struct KeptData {
    static constexpr std::string_view schema_name = "KeptData";
    KeptAccount account;
    domain::Profile profile;
    std::vector<KeptApplication> applications;
    std::vector<KeptSession> sessions;
    std::vector<KeptEvent> events;  // the newest first
};
KEYHOLD_FIELDS(KeptData, (account), (profile), (applications), (sessions), (events))

// A member that would be empty is left out of the JSON.
std::optional<std::string> said(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }
std::optional<std::string> said(std::optional<Time> time) {
    return time ? std::optional(rfc3339(*time)) : std::nullopt;
}

KeptAccount kept(const store::Account& account) {
    const auto roles = words_in(account.roles.names());
    return {.id = account.id,
            .username = account.username,
            .email = account.email,
            .email_verified = account.email ? std::optional(account.email_verified) : std::nullopt,
            .created_at = rfc3339(account.created_at),
            .roles = {roles.begin(), roles.end()}};
}

KeptApplication kept(const domain::ConnectedApplication& application) {
    const store::ConnectedClient& client = application.client;
    return {client.client_id, application.name, client.scope, said(client.allowed_at), said(client.used_at)};
}

KeptSession kept(const domain::Session& session) {
    return {.id = session.id,
            .device = session.device,
            .address = session.address,
            .created_at = rfc3339(session.created_at),
            .last_used_at = rfc3339(session.last_used_at),
            .client_id = said(session.client_id)};
}

KeptEvent kept(const store::Event& event) {
    KeptEvent made{.at = rfc3339(event.at),
                   .kind = event.kind,
                   .object = said(event.object),
                   .reason = said(event.reason),
                   .times = event.times,
                   .by_another = is_by_another(event)};
    // From where and with what an administrator works is no fact about this person.
    if (made.by_another) return made;
    made.address = said(event.address);
    made.device = said(event.device);
    made.note = said(event.note);
    return made;
}

// GET /account/data. Asks for the password first: the file holds all that somebody who stole a browser would want to
// know.
Result<http::File> take_data(const RecentVisit& visit, domain::Accounts& accounts, domain::Sessions& sessions,
                             domain::Profiles& profiles, domain::ConnectedApplications& applications,
                             store::EventStore& events) {
    const auto account = accounts.find_by_id(visit.who().account_id());
    if (!account) return errors::not_authenticated;
    // Before the file is made: where the event cannot be written, nothing is handed out.
    events.add(store::event_kind("exported"), {.account = account->id, .object = "account"});
    KeptData data{.account = kept(*account), .profile = profiles.find(account->id)};
    for (const auto& application : applications.list(account->id)) data.applications.push_back(kept(application));
    std::string next;
    do {
        // Pages, so that no question holds a database connection for long.
        const auto page = sessions.list(account->id, next, 100);
        for (const domain::Session& session : page.sessions) data.sessions.push_back(kept(session));
        next = page.next;
    } while (!next.empty());
    do {
        const auto page = events.list({.account = account->id, .before = next, .limit = 1000});
        for (const store::ShownEvent& shown : page.events) data.events.push_back(kept(shown.event));
        next = page.next;
    } while (!next.empty());
    http::File file{.media_type = "application/json", .name = "account.json"};
    json::Writer out(file.bytes);
    http::Codec<KeptData>::write(out, data);
    return file;
}

}  // namespace

void add_account_data_routes(http::Mount& mount) {
    auto file = page_route("My data as a file", http::On::storing);
    file.no_store = true;
    mount.add(http::Method::get, "/account/data", file, take_data);
}

}  // namespace keyhold::pages
