// SPDX-License-Identifier: Apache-2.0
// /admin/users: accounts by name or address, page by page.
#include <utility>

#include "domain/administration.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

using domain::Administration;

// A form sends every field, also those that nobody has filled in: what is empty, or is none of the choices, asks for
// nothing.
struct Search {
    static constexpr std::string_view schema_name = "AdminUsersWay";
    std::string text, by, state, verified, role, cursor, done;
};
KEYHOLD_FIELDS(Search, (text, may_be_absent()), (by, may_be_absent()), (state, may_be_absent()),
               (verified, may_be_absent()), (role, may_be_absent()), (cursor, may_be_absent()), (done, may_be_absent()))

std::optional<bool> choice(std::string_view said, std::string_view yes, std::string_view no) {
    if (said == yes) return true;
    if (said == no) return false;
    return std::nullopt;
}

Values row(const domain::Account& account) {
    return {{"id", account.id},
            {"username", account.username},
            {"email", account.email.value_or("")},
            {"is_unverified", account.email && !account.email_verified},
            {"roles", account.roles.names()},
            {"is_disabled", account.disabled},
            {"since", rfc3339(account.created_at)}};
}

// The query of this search from another place on.
std::string query_of(const Search& search, std::string_view cursor) {
    std::string query;
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"text", search.text},
                                      {"by", search.by},
                                      {"state", search.state},
                                      {"verified", search.verified},
                                      {"role", search.role},
                                      {"cursor", cursor}})
        if (!value.empty()) query.append(query.empty() ? "" : "&").append(name).append("=").append(encoded(value));
    return query;
}

std::vector<Values> choices(const Visit& visit, std::string_view chosen,
                            std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
    std::vector<Values> list;
    for (const auto& [value, label] : all)
        list.push_back({{"value", std::string(value)}, {"label", visit.text(label)}, {"chosen", value == chosen}});
    return list;
}

std::vector<Values> roles_to_choose(domain::Roles& roles, std::string_view chosen) {
    std::vector<Values> list;
    for (const store::Role& role : roles.list())
        list.push_back({{"value", role.name}, {"chosen", role.name == chosen}});
    return list;
}

// GET /admin/users
Answer show_users(const SupportVisit& visit, const http::Query<Search>& wanted, Administration& administration,
                  domain::Roles& roles) {
    constexpr int on_a_page = 50;
    const bool by_address = wanted->by == "email";
    const auto page = administration.search({.by = by_address ? Administration::By::address : Administration::By::name,
                                             .prefix = wanted->text,
                                             .after = wanted->cursor,
                                             .limit = on_a_page,
                                             .disabled = choice(wanted->state, "disabled", "enabled"),
                                             .verified = choice(wanted->verified, "yes", "no"),
                                             .role = wanted->role});
    std::vector<Values> users;
    for (const domain::Account& account : page.accounts) users.push_back(row(account));
    Values values{
        {"text", wanted->text},
        {"has_users", !users.empty()},
        {"users", std::move(users)},
        {"by", choices(visit, by_address ? "email" : "username",
                       {{"username", "admin_users.by_name"}, {"email", "admin_users.by_address"}})},
        {"state",
         choices(visit, wanted->state,
                 {{"", "admin_users.any"}, {"enabled", "admin_users.enabled"}, {"disabled", "admin_users.disabled"}})},
        {"verified",
         choices(visit, wanted->verified,
                 {{"", "admin_users.any"}, {"yes", "admin_users.verified"}, {"no", "admin_users.unverified"}})},
        {"roles_to_choose", roles_to_choose(roles, wanted->role)},
        {"how", how(visit, {{"admin_users.list", "keyhold user list", "GET",
                             "/admin/api/users?prefix=" + encoded(wanted->text)}})}};
    if (!page.next.empty()) values.emplace_back("next", query_of(*wanted, page.next));
    if (!wanted->cursor.empty()) add_first(values, query_of(*wanted, ""));
    add_done(values, visit, "admin_users", wanted->done);
    return visit.show("users", std::move(values));
}

}  // namespace

void add_admin_user_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/users", admin_route("The users", http::On::looking_up), show_users);
}

}  // namespace keyhold::pages
