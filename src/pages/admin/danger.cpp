// SPDX-License-Identifier: Apache-2.0
// /admin/users/{id}/roles, /link and /delete: what gives somebody power, or cannot be undone. Whoever does it shows his
// password again first, if that is long ago.
#include <algorithm>

#include "domain/accounts/administration.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/errors.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {
namespace {

using domain::Account;
using domain::Administration;

Values values_of(const Account& account) {
    return {{"id", account.id}, {"username", account.username}, {"version", domain::version_of(account)}};
}

// Where the API has the account, for the calls that pages show.
std::string api_of(const Account& account) { return "/admin/api/users/" + account.id; }

std::string json_of_roles(const std::vector<std::string>& roles) {
    std::string text = R"({"roles":[)";
    for (const std::string& role : roles)  // names of roles need no escapes (domain::is_role_name)
        text.append(&role == &roles.front() ? "\"" : ",\"").append(role).append("\"");
    return text.append("]}");
}

// Roles that the account has, each with a button that takes it away, and the others to give.
Values values_of_roles(const AdminVisit& visit, const Account& account, Administration& administration,
                       domain::Roles& roles) {
    Values values = values_of(account);
    // Each role is on one of two lists: those to take away and those to give.
    const auto has = administration.roles_of(account);
    std::vector<Values> taken, given;
    const bool is_last = administration.is_last_administrator(account);
    const auto add = [&](std::vector<Values>& list, const store::Role& role, bool if_his) {
        const bool is_his = std::ranges::find(has, role.name) != has.end();
        if (is_his == if_his)
            list.push_back({{"role", role.name},
                            {"scopes", domain::text_of(role.scopes)},
                            {"is_last", is_last && role.name == domain::admin_role}});
    };
    for (const store::Role& role : roles.list()) add(taken, role, true);
    for (const store::Role& role : roles_to_give(visit, roles)) add(given, role, false);
    values.emplace_back("has_roles", !taken.empty());
    values.emplace_back("has_others", !given.empty());
    values.emplace_back("roles", std::move(taken));
    values.emplace_back("others", std::move(given));
    const std::string name = argument_for_command(account.username);
    values.emplace_back("how", how(visit, {{"admin_user_roles.give", "keyhold role grant ROLE " + name},
                                           {"admin_user_roles.take", "keyhold role revoke ROLE " + name},
                                           {"admin_user_roles.all", "", "PUT", api_of(account) + "/roles",
                                            json_of_roles(has), domain::version_of(account)}}));
    return values;
}

// GET /admin/users/{id}/roles
Result<Answer> show_roles_of_user(const DangerVisit& visit, const http::Path<"id">& id,
                                  const http::Query<AdminDone>& way, Administration& administration,
                                  domain::Roles& roles) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    Values values = values_of_roles(visit, *account, administration, roles);
    add_done(values, visit, "admin_user_roles", way->done);
    return visit.show("user_roles", std::move(values));
}

// `version` is the account as the form showed it.
struct RoleChange {
    static constexpr std::string_view schema_name = "AdminUserRoleForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, role, version;
};
KEYHOLD_FIELDS(RoleChange, (action, one_of("give", "take")), (role, may_be_absent()), (version, may_be_absent()))

// POST /admin/users/{id}/roles: one more, or one less.
Result<Answer> change_roles(const DangerForm<RoleChange>& form, const http::Path<"id">& id,
                            Administration& administration, domain::Roles& roles) {
    const auto& [visit, fields] = form;
    const auto account = administration.find(*id);
    if (!account) return account.error();
    auto wanted = administration.roles_of(*account);
    const bool takes = fields.action == "take";
    // Taken out in either case, so that a role which is given twice is there once.
    std::erase(wanted, fields.role);
    if (!takes) wanted.push_back(fields.role);
    // Of the account as the form showed it: somebody else's change in between is not overwritten.
    const auto changed = administration.set_roles({account->id, fields.version}, wanted, visit.rights());
    if (changed) return visit.go_to("/admin/users/" + account->id + "/roles?done=" + (takes ? "take" : "give"));
    return visit.show_error("user_roles", values_of_roles(visit, *account, administration, roles), changed.error());
}

Values values_of_link(const AdminVisit& visit, const Account& account) {
    Values values = values_of(account);
    values.emplace_back(
        "how", how(visit, {{"admin_user_link.do", "keyhold user login-link " + argument_for_command(account.username),
                            "POST", api_of(account) + "/login-link", "", domain::version_of(account)}}));
    return values;
}

// GET /admin/users/{id}/link
Result<Answer> show_link(const DangerVisit& visit, const http::Path<"id">& id, Administration& administration) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    return visit.show("user_link", values_of_link(visit, *account));
}

// The form has one button; it is sent with the version alone.
struct LinkWanted {
    static constexpr std::string_view schema_name = "AdminUserLinkForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string version;
};
KEYHOLD_FIELDS(LinkWanted, (version, may_be_absent()))

// POST /admin/users/{id}/link: the link is in the answer, once, and nowhere else.
Result<Answer> make_link(const DangerForm<LinkWanted>& form, const http::Path<"id">& id,
                         Administration& administration) {
    const auto& [visit, fields] = form;
    const auto account = administration.find(*id);
    if (!account) return account.error();
    Values values = values_of_link(visit, *account);
    const auto link = administration.make_sign_in_link({account->id, fields.version}, visit.rights());
    if (!link) return visit.show_error("user_link", std::move(values), link.error());
    values.emplace_back("link", links_begin_with(visit) + "/sign-in-link?token=" + std::string(link->token.reveal()));
    values.emplace_back("until", link->expires_at);
    return visit.show("user_link", std::move(values));
}

Values values_of_deletion(const AdminVisit& visit, const Account& account) {
    Values values = values_of(account);
    values.emplace_back(
        "how", how(visit, {{"admin_user_delete.do", "keyhold user delete " + argument_for_command(account.username),
                            "DELETE", api_of(account), "", domain::version_of(account)}}));
    return values;
}

// GET /admin/users/{id}/delete
Result<Answer> show_deletion(const DangerVisit& visit, const http::Path<"id">& id, Administration& administration) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    Values values = values_of_deletion(visit, *account);
    values.emplace_back("is_last", administration.is_last_administrator(*account));
    return visit.show("user_delete", std::move(values));
}

// `name` is the username, typed out as a confirmation.
struct Deletion {
    static constexpr std::string_view schema_name = "AdminUserDeleteForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string version, name;
};
KEYHOLD_FIELDS(Deletion, (version, may_be_absent()), (name, may_be_absent()))

// POST /admin/users/{id}/delete
Result<Answer> remove(const DangerForm<Deletion>& form, const http::Path<"id">& id, Administration& administration) {
    const auto& [visit, fields] = form;
    const auto account = administration.find(*id);
    if (!account) return account.error();
    Values values = values_of_deletion(visit, *account);
    // Typed out, as this cannot be undone.
    if (fields.name != account->username) {
        values.emplace_back("name", fields.name);
        return visit.show_error(
            "user_delete", std::move(values),
            Error(errors::validation_failed,
                  std::vector{FieldError{
                      "value_error", {"body", "name"}, visit.text("admin_user_delete.other_name"), std::nullopt}}));
    }
    const auto removed = administration.remove({account->id, fields.version}, visit.rights());
    if (!removed) return visit.show_error("user_delete", std::move(values), removed.error());
    return visit.go_to("/admin/users?done=deleted");
}

}  // namespace

void add_admin_danger_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    const std::string one = "/admin/users/{id}";
    mount.add(get, one + "/roles", admin_route("The roles of a user", looking_up), show_roles_of_user);
    mount.add(post, one + "/roles", admin_route("Give or take a role", storing), change_roles);
    mount.add(get, one + "/link", admin_route("The page for a link that signs in", looking_up), show_link);
    mount.add(post, one + "/link", admin_route("Make a link that signs in", storing), make_link);
    mount.add(get, one + "/delete", admin_route("The page to delete a user", looking_up), show_deletion);
    mount.add(post, one + "/delete", admin_route("Delete a user", storing), remove);
}

}  // namespace keyhold::pages
