// SPDX-License-Identifier: Apache-2.0
// /admin/users: accounts by name or address, page by page.
#include <utility>

#include "domain/accounts/administration.hpp"
#include "domain/errors.hpp"
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

struct PickedAct {
    static constexpr std::string_view schema_name = "AdminUsersForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, text, by, state, verified, role, cursor;
};
// "none" is what the Enter key sends: the first button of the form, which nobody sees.
KEYHOLD_FIELDS(PickedAct, (action, one_of("none", "disable", "end_sessions")), (text, may_be_absent()),
               (by, may_be_absent()), (state, may_be_absent()), (verified, may_be_absent()), (role, may_be_absent()),
               (cursor, may_be_absent()))

// The boxes that were ticked: a field "user.ID" each, with the version of the account as it was seen.
struct Picked {
    std::string action;
    Search search;  // where they were ticked
    std::vector<std::pair<std::string, std::string>> users;
};

// Empty for any other word, which asks for nothing.
std::optional<bool> choice(std::string_view said, std::string_view yes, std::string_view no) {
    if (said == yes) return true;
    if (said == no) return false;
    return std::nullopt;
}

// A row of the table, with the version that its box sends back. `may_pick`: without, it has no box.
Values row(const domain::Account& account, bool may_pick) {
    return {{"id", account.id},
            {"may_pick", may_pick},
            {"version", domain::version_of(account)},
            {"username", account.username},
            {"email", account.email.value_or("")},
            {"is_unverified", account.email && !account.email_verified},
            {"roles", account.roles.names()},
            {"is_disabled", account.disabled},
            {"since", account.created_at}};
}

// The query of this search from another place on.
std::string query_of(const Search& search, std::string_view cursor) {
    return query_with({{"text", search.text},
                       {"by", search.by},
                       {"state", search.state},
                       {"verified", search.verified},
                       {"role", search.role},
                       {"cursor", cursor}});
}

// The same search as fields of the form, so that what was done leads back to it.
std::vector<Values> here(const Search& search) {
    std::vector<Values> fields;
    for (const auto& [name, value] : {std::pair<std::string_view, const std::string&>{"text", search.text},
                                      {"by", search.by},
                                      {"state", search.state},
                                      {"verified", search.verified},
                                      {"role", search.role},
                                      {"cursor", search.cursor}})
        if (!value.empty()) fields.push_back({{"name", std::string(name)}, {"value", value}});
    return fields;
}

// The search by the API; the command lists all.
SameThing same_search(const Search& search) {
    const auto said = [](std::optional<bool> is_so) { return !is_so ? "" : *is_so ? "true" : "false"; };
    const std::string query = query_with({{"prefix", search.text},
                                          {"by", search.by == "email" ? "email" : ""},
                                          {"disabled", said(choice(search.state, "disabled", "enabled"))},
                                          {"verified", said(choice(search.verified, "yes", "no"))},
                                          {"role", search.role}});
    return {"admin_users.list", query.empty() ? "keyhold user list" : "", "GET",
            "/admin/api/users" + (query.empty() ? query : "?" + query)};
}

// The items of a list to choose from, each with its text in the language of the page.
std::vector<Values> choices(const Visit& visit, std::string_view chosen,
                            std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
    std::vector<Values> list;
    for (const auto& [value, label] : all)
        list.push_back({{"value", std::string(value)}, {"label", visit.text(label)}, {"chosen", value == chosen}});
    return list;
}

// Roles have names and no texts: they are shown as they are called.
std::vector<Values> roles_to_choose(domain::Roles& roles, std::string_view chosen) {
    std::vector<Values> list;
    for (const store::Role& role : roles.list())
        list.push_back({{"value", role.name}, {"chosen", role.name == chosen}});
    return list;
}

// All values of the page: the search as it was asked, what was found, and the same as commands and calls of the API.
Values values_of(const AdminVisit& visit, const Search& wanted, Administration& administration, domain::Roles& roles) {
    constexpr int on_a_page = 50;  // a form of so many boxes has fewer fields than a form may have
    const bool by_address = wanted.by == "email";
    const auto page = administration.search({.by = by_address ? Administration::By::address : Administration::By::name,
                                             .prefix = wanted.text,
                                             .after = wanted.cursor,
                                             .limit = on_a_page,
                                             .disabled = choice(wanted.state, "disabled", "enabled"),
                                             .verified = choice(wanted.verified, "yes", "no"),
                                             .role = wanted.role});
    std::vector<Values> users;
    // By what refuses the actions themselves, so that no box is there in vain.
    for (const domain::Account& account : page.accounts)
        users.push_back(row(account, visit.may_change() && administration.check_owner(account, visit.rights())));
    Values values{
        {"text", wanted.text},
        {"has_users", !users.empty()},
        {"shown", std::to_string(users.size())},
        {"users", std::move(users)},
        {"by", choices(visit, by_address ? "email" : "username",
                       {{"username", "admin_users.by_name"}, {"email", "admin_users.by_address"}})},
        {"state",
         choices(visit, wanted.state,
                 {{"", "admin_users.any"}, {"enabled", "admin_users.enabled"}, {"disabled", "admin_users.disabled"}})},
        {"verified",
         choices(visit, wanted.verified,
                 {{"", "admin_users.any"}, {"yes", "admin_users.verified"}, {"no", "admin_users.unverified"}})},
        {"roles_to_choose", roles_to_choose(roles, wanted.role)},
        {"here", here(wanted)},
        {"how", how(visit, {same_search(wanted),
                            {"admin_users.disable", "keyhold user disable NAME", "PUT", "/admin/api/users/ID/disabled",
                             R"({"disabled":true})", "VERSION"},
                            {"admin_users.end_sessions", "keyhold session revoke-all NAME", "DELETE",
                             "/admin/api/users/ID/sessions"}})}};
    if (!page.next.empty()) values.emplace_back("next", query_of(wanted, page.next));
    if (!wanted.cursor.empty()) add_first(values, query_of(wanted, ""));
    return values;
}

// GET /admin/users
Answer show_users(const SupportVisit& visit, const http::Query<Search>& wanted, Administration& administration,
                  domain::Roles& roles) {
    Values values = values_of(visit, *wanted, administration, roles);
    add_done(values, visit, "admin_users", wanted->done);
    return visit.show("users", std::move(values));
}

// POST /admin/users: the same to all whose boxes were ticked. Each is changed as it was seen, or not at all; whom it
// could not be done to is said, and the others are not undone.
Answer change_users(const ManagerForm<Picked>& form, Administration& administration, domain::Roles& roles) {
    const auto& [visit, fields] = form;
    const std::string query = query_of(fields.search, fields.search.cursor);
    const std::string back = "/admin/users" + (query.empty() ? query : "?" + query);
    if (fields.action == "none") return visit.go_to(back);
    const bool disables = fields.action == "disable";
    std::vector<Values> refused;
    // One after the other, each in a transaction of its own, so that other writers do not wait for fifty.
    for (const auto& [id, version] : fields.users) {
        Result<> done;
        if (disables) {
            if (const auto changed = administration.set_disabled({id, version}, true, visit.rights()); !changed)
                done = changed.error();
        } else if (const auto ended = administration.end_sessions(id, visit.rights()); !ended) {
            done = ended.error();
        }
        if (done) continue;
        const auto account = administration.find(id);
        refused.push_back(
            {{"username", account ? account->username : id}, {"why", sentence_for_people(visit, done.error())}});
    }
    const std::string_view word = fields.users.empty() ? "none" : disables ? "disabled" : "sessions";
    if (refused.empty()) return visit.go_to(back + (query.empty() ? "?done=" : "&done=") + std::string(word));
    Values values = values_of(visit, fields.search, administration, roles);
    values.emplace_back("refused", std::move(refused));
    return visit.show_error("users", std::move(values), Error(errors::precondition_failed));
}

}  // namespace
}  // namespace keyhold::pages

namespace keyhold::http {

template <>
struct Extract<pages::Picked> {
    static Result<pages::Picked> from(const Request& request) {
        static constexpr std::string_view box = "user.";
        auto act = Extract<pages::PickedAct>::from(request);
        if (!act) return std::move(act).error();
        const auto body = IncomingBody::read(request, Notation::form);
        if (!body) return body.error();
        pages::Picked picked{std::move(act->action),
                             {std::move(act->text),
                              std::move(act->by),
                              std::move(act->state),
                              std::move(act->verified),
                              std::move(act->role),
                              std::move(act->cursor),
                              {}},
                             {}};
        body->root().for_each_member([&picked](std::string_view name, const Incoming& value) {
            if (name.starts_with(box))
                picked.users.emplace_back(name.substr(box.size()), std::string(value.string().value_or("")));
        });
        return picked;
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http

namespace keyhold::pages {

void add_admin_user_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/users", admin_route("The users", http::On::looking_up), show_users);
    mount.add(http::Method::post, "/admin/users", admin_route("Change several users", http::On::storing), change_users);
}

}  // namespace keyhold::pages
