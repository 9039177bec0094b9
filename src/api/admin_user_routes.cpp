// SPDX-License-Identifier: Apache-2.0
// /admin/api/users: accounts, for those who look after them. Each change is one request and is of what was seen.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/profiles.hpp"
#include "domain/sessions.hpp"

namespace keyhold::api {
namespace {

using domain::Administration;

struct UserSearch {
    std::optional<std::string> username, email;  // exactly this one; "" is nobody's
    std::string prefix;                          // of the names, or of the addresses
    std::string by;
    std::optional<bool> disabled, verified;
    std::string role;
    int limit = 100;
    std::string cursor;
};
KEYHOLD_FIELDS(UserSearch, (username, about("Exactly this username")), (email, about("Exactly this address")),
               (prefix, about("What names, or addresses, begin with"), otherwise("")),
               (by, about("What is searched and ordered by"), one_of("username", "email"), otherwise("username")),
               (disabled, about("Only those who are, or are not")),
               (verified, about("Only those whose address is verified, or is not")),
               (role, about("Only those who have this role"), otherwise("")), (limit, range(1, 1000), otherwise(100)),
               (cursor, about("`next` of the page before"), otherwise("")))

struct UserList {
    static constexpr std::string_view schema_name = "AdminUsers";
    std::vector<AdminUser> users;
    std::optional<std::string> next;  // the cursor of the next page; absent on the last
};
KEYHOLD_FIELDS(UserList, (users, about("In the order of their names, or addresses")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /admin/api/users: by name or by address, page by page.
UserList list_users(const Onlooker&, const http::Query<UserSearch>& wanted, Administration& administration) {
    UserList list;
    const auto add = [&](const domain::Account& account) { list.users.push_back(shown(account, administration)); };
    if (wanted->username || wanted->email) {
        const auto by = wanted->username ? Administration::By::name : Administration::By::address;
        if (const auto one = administration.search_exactly(by, wanted->username ? *wanted->username : *wanted->email))
            add(*one);
        return list;
    }
    const auto by = wanted->by == "email" ? Administration::By::address : Administration::By::name;
    auto page = administration.search({.by = by,
                                       .prefix = wanted->prefix,
                                       .after = wanted->cursor,
                                       .limit = wanted->limit,
                                       .disabled = wanted->disabled,
                                       .verified = wanted->verified,
                                       .role = wanted->role});
    for (const domain::Account& account : page.accounts) add(account);
    if (!page.next.empty()) list.next = std::move(page.next);
    return list;
}

Result<TaggedUser> tagged(const Result<domain::Account>& account, const Administration& administration,
                          bool is_new = false) {
    if (!account) return account.error();
    return TaggedUser{shown(*account, administration), is_new};
}

// GET /admin/api/users/{id}
Result<TaggedUser> show_user(const Onlooker&, const http::Path<"id">& id, Administration& administration) {
    return tagged(administration.find(*id), administration);
}

struct NewUser {
    static constexpr std::string_view schema_name = "AdminNewUser";
    static constexpr std::string_view example = R"({"username": "ann", "password": "...", "roles": []})";
    std::string username;
    Secret password;
    std::optional<std::string> email;
    bool email_verified = false;
    std::vector<std::string> roles;
};
KEYHOLD_FIELDS(NewUser, (username, about("What the account is called; it may be its address")),
               (password, about("As by POST /register")), (email, about("Its e-mail address, if it has one")),
               (email_verified, about("Whether the address is known to be theirs"), otherwise(false)),
               (roles, about("Those that it begins with"), length(0, 100), may_be_absent()))

// POST /admin/api/users: a new account.
Result<TaggedUser> add_user(const Administrator& who, const NewUser& wanted, Administration& administration) {
    domain::Accounts::Called called{.username = wanted.username, .is_verified = wanted.email_verified};
    if (wanted.email) called.email = *wanted.email;
    return tagged(administration.create(called, wanted.password, wanted.roles, who.rights()), administration, true);
}

struct RolesOfUser {
    static constexpr std::string_view schema_name = "AdminRolesOfUser";
    std::vector<std::string> roles;
};
KEYHOLD_FIELDS(RolesOfUser, (roles, about("All that the account has from now on"), length(0, 100)))

// PUT /admin/api/users/{id}/roles: these instead of those that it had.
Result<TaggedUser> set_roles(const Administrator& who, const http::Path<"id">& id, const IfMatch& seen,
                             const RolesOfUser& wanted, Administration& administration) {
    return tagged(administration.set_roles({*id, seen.version}, wanted.roles, who.rights()), administration);
}

struct EmailOfUser {
    static constexpr std::string_view schema_name = "AdminEmailOfUser";
    std::string email;
    bool verified = false;
};
KEYHOLD_FIELDS(EmailOfUser, (email, about("The address from now on")),
               (verified, about("Whether it is known to be theirs"), otherwise(false)))

// PUT /admin/api/users/{id}/email
Result<TaggedUser> set_email(const Administrator& who, const http::Path<"id">& id, const IfMatch& seen,
                             const EmailOfUser& wanted, Administration& administration) {
    return tagged(administration.set_email({*id, seen.version}, wanted.email, wanted.verified, who.rights()),
                  administration);
}

// DELETE /admin/api/users/{id}/email
Result<TaggedUser> remove_email(const Administrator& who, const http::Path<"id">& id, const IfMatch& seen,
                                Administration& administration) {
    return tagged(administration.set_email({*id, seen.version}, std::nullopt, false, who.rights()), administration);
}

struct UserState {
    static constexpr std::string_view schema_name = "AdminUserState";
    bool disabled = false;
};
KEYHOLD_FIELDS(UserState, (disabled, about("Whoever is disabled cannot log in, and has no sessions")))

// PUT /admin/api/users/{id}/disabled: whoever is disabled loses his sessions.
Result<TaggedUser> set_disabled(const Administrator& who, const http::Path<"id">& id, const IfMatch& seen,
                                const UserState& wanted, Administration& administration) {
    return tagged(administration.set_disabled({*id, seen.version}, wanted.disabled, who.rights()), administration);
}

struct PasswordOfUser {
    static constexpr std::string_view schema_name = "AdminPasswordOfUser";
    static constexpr std::string_view example = R"({"password": "..."})";
    Secret password;
};
KEYHOLD_FIELDS(PasswordOfUser, (password, about("The password from now on")))

// PUT /admin/api/users/{id}/password: all sessions of the account end.
Result<TaggedUser> set_password(const Administrator& who, const http::Path<"id">& id, const IfMatch& seen,
                                const PasswordOfUser& wanted, Administration& administration) {
    return tagged(administration.set_password({*id, seen.version}, wanted.password, who.rights()), administration);
}

// DELETE /admin/api/users/{id}
Result<> remove_user(const Administrator& who, const http::Path<"id">& id, const IfMatch& seen,
                     Administration& administration) {
    return administration.remove({*id, seen.version}, who.rights());
}

// GET /admin/api/users/{id}/profile
Result<domain::Profile> show_profile(const Onlooker&, const http::Path<"id">& id, Administration& administration,
                                     domain::Profiles& profiles) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    return profiles.find(account->id);
}

// PUT /admin/api/users/{id}/profile: all of it anew. Whoever may do less than the user may not speak for him.
Result<domain::Profile> replace_profile(const Administrator& who, const http::Path<"id">& id,
                                        const domain::Profile& profile, Administration& administration,
                                        domain::Profiles& profiles) {
    if (auto allowed = administration.find_within(*id, who.rights()); !allowed) return std::move(allowed).error();
    return profiles.replace(*id, profile);
}

struct SessionOfUser {
    static constexpr std::string_view schema_name = "AdminSession";
    std::string id, device, address;
    std::string created_at, last_used_at;  // RFC 3339
    std::string expires_at;                // unless it is refreshed before
};
KEYHOLD_FIELDS(SessionOfUser, (id, about("Stands in its tokens as `sid`")),
               (device, about("What the client says it is")), (address, about("Where the log-in came from")),
               (created_at, about("RFC 3339, as the others")), (last_used_at, about("The log-in or the last refresh")),
               (expires_at, about("Unless it is refreshed before")))

struct SessionsOfUser {
    static constexpr std::string_view schema_name = "AdminSessions";
    std::vector<SessionOfUser> sessions;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(SessionsOfUser, (sessions, about("Those that are live, newest first")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /admin/api/users/{id}/sessions: those that are live, newest first.
Result<SessionsOfUser> list_sessions(const Onlooker&, const http::Path<"id">& id, const http::Query<http::Page>& wanted,
                                     Administration& administration, domain::Sessions& sessions) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    auto page = sessions.list(account->id, wanted->cursor, wanted->limit);
    SessionsOfUser list;
    if (!page.next.empty()) list.next = std::move(page.next);
    for (const domain::Session& one : page.sessions)
        list.sessions.push_back({one.id, one.device, one.address, rfc3339(one.created_at), rfc3339(one.last_used_at),
                                 rfc3339(sessions.expires_at(one))});
    return list;
}

struct SessionsEnded {
    static constexpr std::string_view schema_name = "AdminSessionsEnded";
    std::int64_t ended = 0;
};
KEYHOLD_FIELDS(SessionsEnded, (ended, about("How many there were")))

// DELETE /admin/api/users/{id}/sessions: all of them.
Result<SessionsEnded> end_sessions(const Administrator& who, const http::Path<"id">& id,
                                   Administration& administration) {
    const auto ended = administration.end_sessions(*id, who.rights());
    if (!ended) return ended.error();
    return SessionsEnded{static_cast<std::int64_t>(*ended)};
}

// DELETE /admin/api/users/{id}/sessions/{session}
Result<SessionsEnded> end_session(const Administrator& who, const http::Path<"id">& id,
                                  const http::Path<"session">& session, Administration& administration) {
    if (auto ended = administration.end_session(*session, who.rights(), *id); !ended) return std::move(ended).error();
    return SessionsEnded{1};
}

}  // namespace

void add_admin_user_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    constexpr Errc nobody = errors::account_not_found, more = errors::rights_exceeded,
                   last = errors::last_administrator;
    const std::string users = "/admin/api/users", one = users + "/{id}";
    mount.add(get, users,
              about_route("Search users", looking_up,
                          "By the begin of a name or an address, or exactly one. Filtered pages may hold few or nobody "
                          "and have a next one."),
              list_users);
    mount.add(post, users,
              about_route("Add a user", hashing, "An account with roles, of those that the administrator may give.",
                          {errors::username_taken, errors::email_taken, errors::role_not_found,
                           errors::rights_too_large, more}),
              add_user);
    mount.add(
        get, one,
        about_route("One user", looking_up, "As it is now; its ETag is what a change says in If-Match.", {nobody}),
        show_user);
    mount.add(delete_, one,
              about_route(
                  "Delete a user", storing,
                  "At once and for good, with everything that belongs to it. What happened stays, without the person.",
                  {nobody, last, more}),
              remove_user);
    mount.add(put, one + "/roles",
              about_route("Give a user other roles", storing,
                          "These instead of those that it had. They count at the next request, and end no session.",
                          {nobody, more, last, errors::role_not_found, errors::rights_too_large}),
              set_roles);
    mount.add(put, one + "/email",
              about_route("Give a user another e-mail address", storing,
                          "Whoever is called by the address is called by the new one. Ends nothing.",
                          {nobody, more, errors::email_taken, errors::username_taken}),
              set_email);
    mount.add(delete_, one + "/email",
              about_route("Take a user's e-mail address away", storing, "Not from somebody who has no other name.",
                          {nobody, more, errors::validation_failed}),
              remove_email);
    mount.add(put, one + "/disabled",
              about_route("Disable or enable a user", storing, "Whoever is disabled loses all sessions at once.",
                          {nobody, last, more}),
              set_disabled);
    mount.add(put, one + "/password",
              about_route("Give a user another password", hashing, "All sessions of the account end.", {nobody, more}),
              set_password);
    mount.add(get, one + "/profile",
              about_route("What applications may know of a user", looking_up,
                          "The claims of OpenID Connect Core 5.1 that somebody has said.", {nobody}),
              show_profile);
    mount.add(put, one + "/profile",
              about_route("Change what applications may know of a user", storing,
                          "All of it anew: what is absent is known no more.", {nobody, more}),
              replace_profile);
    mount.add(get, one + "/sessions",
              about_route("Where a user is logged in", storing, "The live sessions, newest first, by pages.", {nobody}),
              list_sessions);
    mount.add(delete_, one + "/sessions",
              about_route("End all sessions of a user", storing,
                          "Their tokens are refused from the moment of the answer.", {nobody, more}),
              end_sessions);
    mount.add(delete_, one + "/sessions/{session}",
              about_route("End a session of a user", storing, "Its tokens are refused from the moment of the answer.",
                          {errors::session_not_found, more}),
              end_session);
}

}  // namespace keyhold::api
