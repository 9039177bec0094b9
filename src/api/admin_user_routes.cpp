// SPDX-License-Identifier: Apache-2.0
// /admin/api/users: accounts, for those who look after them. Each change is one request and is of what was seen.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/sessions/sessions.hpp"

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
               (role, about("Only those who have this role"), otherwise("")),
               (limit, range(1, 1000), otherwise(100), about("How many a page has at most")),
               (cursor, about("`next` of the page before"), otherwise("")))

struct UserList {
    static constexpr std::string_view schema_name = "AdminUsers";
    std::vector<AdminUser> users;
    std::optional<std::string> next;  // the cursor of the next page; absent on the last
};
KEYHOLD_FIELDS(UserList, (users, about("In the order of their names, or addresses")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /admin/api/users: by name or by address, page by page. Filters are applied to what a page has read, so that a
// page may hold nobody and still have a next one.
UserList list_users(const Onlooker&, const http::Query<UserSearch>& wanted, Administration& administration) {
    UserList list;
    const auto add = [&](const domain::Account& account) { list.users.push_back(shown(account, administration)); };
    const auto by = wanted->by == "email" ? Administration::By::address : Administration::By::name;
    const store::AdministrationStore::Search search{.by = by,
                                                    .prefix = wanted->prefix,
                                                    .after = wanted->cursor,
                                                    .limit = wanted->limit,
                                                    .disabled = wanted->disabled,
                                                    .verified = wanted->verified,
                                                    .role = wanted->role};
    // An exact name or address has at most one account, so there are no pages. With both, they have to be of the same
    // account; `disabled`, `verified` and `role` are looked at too.
    if (wanted->username || wanted->email) {
        const auto named = wanted->username ? administration.search_exactly(Administration::By::name, *wanted->username)
                                            : std::nullopt;
        const auto reached =
            wanted->email ? administration.search_exactly(Administration::By::address, *wanted->email) : std::nullopt;
        const auto& one = wanted->username ? named : reached;
        const bool is_both = !wanted->username || !wanted->email || (named && reached && named->id == reached->id);
        if (one && is_both && store::AdministrationStore::is_wanted(search, *one)) add(*one);
        return list;
    }
    auto page = administration.search(search);
    for (const domain::Account& account : page.accounts) add(account);
    if (!page.next.empty()) list.next = std::move(page.next);
    return list;
}

// The account with its entity tag, or why it was refused.
Result<TaggedUser> tagged(const Result<domain::Account>& account, const Administration& administration,
                          bool is_new = false) {
    if (!account) return account.error();
    return TaggedUser{shown(*account, administration), is_new};
}

// GET /admin/api/users/{id}
Result<TaggedUser> show_user(const Onlooker&, const UserId& id, Administration& administration) {
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

// POST /admin/api/users: a new account. Refused: rights_exceeded, if a role grants more than the administrator has
// himself; then no account is made. Hashes.
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
// This and all changes that follow are refused: account_not_found; precondition_required without If-Match;
// precondition_failed, if the account has changed since it was seen; rights_exceeded, if it is an administrator's and
// `who` is no owner.
Result<TaggedUser> set_roles(const Administrator& who, const UserId& id, const IfMatch& seen, const RolesOfUser& wanted,
                             Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    return tagged(administration.set_roles({*id, *version}, wanted.roles, who.rights()), administration);
}

struct EmailOfUser {
    static constexpr std::string_view schema_name = "AdminEmailOfUser";
    std::string email;
    bool verified = false;
};
KEYHOLD_FIELDS(EmailOfUser, (email, about("The address from now on")),
               (verified, about("Whether it is known to be theirs"), otherwise(false)))

// PUT /admin/api/users/{id}/email. Refused also: rights_exceeded, if the account may do what the administrator may not,
// because he could have a mail for a new password sent to that address, and log in as the account.
Result<TaggedUser> set_email(const Administrator& who, const UserId& id, const IfMatch& seen, const EmailOfUser& wanted,
                             Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    return tagged(administration.set_email({*id, *version}, wanted.email, wanted.verified, who.rights()),
                  administration);
}

// DELETE /admin/api/users/{id}/email. Refused also: validation_failed, if the address is all that the account is
// called.
Result<TaggedUser> remove_email(const Administrator& who, const UserId& id, const IfMatch& seen,
                                Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    return tagged(administration.set_email({*id, *version}, std::nullopt, false, who.rights()), administration);
}

struct UserState {
    static constexpr std::string_view schema_name = "AdminUserState";
    bool disabled = false;
};
KEYHOLD_FIELDS(UserState, (disabled, about("Whoever is disabled cannot log in, and has no sessions")))

// PUT /admin/api/users/{id}/disabled: all sessions of a disabled account end. Refused also: last_administrator, so
// that somebody is left who can enable it again.
Result<TaggedUser> set_disabled(const Administrator& who, const UserId& id, const IfMatch& seen,
                                const UserState& wanted, Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    return tagged(administration.set_disabled({*id, *version}, wanted.disabled, who.rights()), administration);
}

struct PasswordOfUser {
    static constexpr std::string_view schema_name = "AdminPasswordOfUser";
    static constexpr std::string_view example = R"({"password": "..."})";
    Secret password;
};
KEYHOLD_FIELDS(PasswordOfUser, (password, about("The password from now on")))

// PUT /admin/api/users/{id}/password: all sessions of the account end. Refused as for a new address: by a new password
// the administrator could log in as the account. Hashes.
Result<TaggedUser> set_password(const Administrator& who, const UserId& id, const IfMatch& seen,
                                const PasswordOfUser& wanted, Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    return tagged(administration.set_password({*id, *version}, wanted.password, who.rights()), administration);
}

// DELETE /admin/api/users/{id}: at once and for good. Refused also: last_administrator.
Result<> remove_user(const Administrator& who, const UserId& id, const IfMatch& seen, Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    return administration.remove({*id, *version}, who.rights());
}

// GET /admin/api/users/{id}/profile
Result<TaggedProfile> show_profile_of_user(const Onlooker&, const UserId& id, Administration& administration,
                                           domain::Profiles& profiles) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    return TaggedProfile{profiles.find(account->id)};
}

// PUT /admin/api/users/{id}/profile: replaces the whole profile. Applications believe what it says of a person, so it
// is refused as a new password is.
Result<TaggedProfile> replace_profile_of_user(const Administrator& who, const UserId& id, const IfMatch& seen,
                                              const domain::Profile& profile, Administration& administration,
                                              domain::Profiles& profiles) {
    // Refused: rights_exceeded, if the account may do more than the administrator.
    if (auto allowed = administration.find_within(*id, who.rights()); !allowed) return std::move(allowed).error();
    return with_tag(profiles.replace_seen(*id, seen.seen_of(domain::version_of(profiles.find(*id))), profile));
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
    mount.add(
        get, one + "/profile",
        about_route("What applications may know of a user", looking_up,
                    "The claims of OpenID Connect Core 5.1 that somebody has said. Their ETag is what a change says in "
                    "If-Match.",
                    {nobody}),
        show_profile_of_user);
    mount.add(put, one + "/profile",
              about_route("Change what applications may know of a user", storing,
                          "All of it anew: what is absent is known no more.", {nobody, more}),
              replace_profile_of_user);
}

}  // namespace keyhold::api
