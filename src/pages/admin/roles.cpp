// SPDX-License-Identifier: Apache-2.0
// /admin/roles: what roles grant, and who has them. A change gives power to all who have the role, so the password is
// shown again for it.
#include "domain/accounts/administration.hpp"

#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

struct NewRole {
    static constexpr std::string_view schema_name = "AdminRoleForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string role, scopes;
};
KEYHOLD_FIELDS(NewRole, (role, may_be_absent()), (scopes, may_be_absent()))

// Words as the API has them: ["a","b"]. Scopes may hold no quotes and no backslashes (RFC 6749 §3.3).
std::string json_list(const std::vector<std::string>& words) {
    std::string text = "[";
    for (const std::string& word : words) text.append(&word == &words.front() ? "\"" : ",\"").append(word).append("\"");
    return text.append("]");
}

// The list is short in practice, so it is one page.
Values values_of_list(const AdminVisit& visit, domain::Roles& roles) {
    std::vector<Values> list;
    for (const store::Role& role : roles.list())
        list.push_back({{"role", role.name},
                        {"scopes", domain::text_of(role.scopes)},
                        {"members", std::to_string(roles.count_members(role.name))},
                        {"since", role.created_at}});
    return {{"list", std::move(list)},
            {"how", how(visit, {{"admin_roles.make", "keyhold role add ROLE SCOPE", "POST", "/admin/api/roles",
                                 R"({"role":"ROLE","scopes":["SCOPE"]})"}})}};
}

// GET /admin/roles
Answer show_roles(const SupportVisit& visit, const http::Query<AdminDone>& way, domain::Roles& roles) {
    Values values = values_of_list(visit, roles);
    if (!check_recent(visit)) values.emplace_back("needs_password", true);
    add_done(values, visit, "admin_roles", way->done);
    return visit.show("roles", std::move(values));
}

// POST /admin/roles: makes a role, or lets it grant more.
Answer add_role(const DangerForm<NewRole>& form, domain::Roles& roles) {
    const auto& [visit, fields] = form;
    const auto scopes = domain::parse_scopes(fields.scopes);
    // The giver's own rights limit what a role may grant.
    const auto made = scopes ? roles.add(fields.role, *scopes, &visit.rights()) : Result<store::Role>(scopes.error());
    if (made) return visit.go_to("/admin/roles/" + encoded(made->name) + "?done=made");
    Values values = values_of_list(visit, roles);
    values.emplace_back("new_role", fields.role);
    values.emplace_back("new_scopes", fields.scopes);
    return visit.show_error("roles", std::move(values), made.error());
}

// Members by page of fifty, from `cursor` on.
Values values_of_role(const AdminVisit& visit, const store::Role& role, std::string_view cursor, domain::Roles& roles) {
    constexpr int on_a_page = 50;
    const auto page = roles.list_members(role.name, cursor, on_a_page);
    std::vector<Values> members, scopes;
    for (const store::RoleMember& member : page.members)
        members.push_back({{"id", member.id}, {"username", member.username}});
    for (const std::string& scope : role.scopes) scopes.push_back({{"scope", scope}});
    const std::string path = "/admin/api/roles/" + role.name;
    Values values{
        {"role", role.name},
        {"is_kept", role.name == domain::admin_role},
        {"since", role.created_at},
        {"count", std::to_string(roles.count_members(role.name))},
        {"has_scopes", !scopes.empty()},
        {"scopes", std::move(scopes)},
        {"has_members", !members.empty()},
        {"members", std::move(members)},
        {"how", how(visit, {{"admin_role.add", "keyhold role add " + role.name + " SCOPE", "POST", "/admin/api/roles",
                             "{\"role\":\"" + role.name + "\",\"scopes\":" + json_list(role.scopes) + "}"},
                            {"admin_role.take", "keyhold role remove " + role.name + " SCOPE", "DELETE",
                             path + "/scopes/SCOPE"},
                            {"admin_role.remove", "keyhold role remove " + role.name, "DELETE", path}})}};
    if (!page.next.empty()) values.emplace_back("next", encoded(page.next));
    if (!cursor.empty()) add_first(values, "");
    return values;
}

// GET /admin/roles/{role}
Result<Answer> show_role(const SupportVisit& visit, const http::Path<"role">& name, const http::Query<AdminDone>& way,
                         domain::Roles& roles) {
    const auto role = roles.find(*name);
    if (!role) return role.error();
    Values values = values_of_role(visit, *role, way->cursor, roles);
    if (!check_recent(visit)) values.emplace_back("needs_password", true);
    add_done(values, visit, "admin_role", way->done);
    return visit.show("role", std::move(values));
}

// "add" and "take" change what the role grants; "remove" takes it from all its members.
struct RoleAct {
    static constexpr std::string_view schema_name = "AdminRoleActForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, scope;
};
KEYHOLD_FIELDS(RoleAct, (action, one_of("add", "take", "remove")), (scope, may_be_absent()))

// POST /admin/roles/{role}
Result<Answer> change_role(const DangerForm<RoleAct>& form, const http::Path<"role">& name,
                           domain::Administration& administration, domain::Roles& roles) {
    const auto& [visit, fields] = form;
    const auto role = roles.find(*name);
    if (!role) return role.error();
    const std::string page = "/admin/roles/" + encoded(role->name);
    Result<> changed;
    if (fields.action == "remove") changed = administration.remove_role(role->name, {}, visit.rights());
    if (fields.action == "take") changed = administration.remove_role(role->name, {fields.scope}, visit.rights());
    if (fields.action == "add") {
        const auto scopes = domain::parse_scopes(fields.scope);
        const auto added =
            scopes ? roles.add(role->name, *scopes, &visit.rights()) : Result<store::Role>(scopes.error());
        if (!added) changed = added.error();
    }
    if (!changed) return visit.show_error("role", values_of_role(visit, *role, "", roles), changed.error());
    return visit.go_to(fields.action == "remove" ? "/admin/roles?done=removed" : page + "?done=changed");
}

}  // namespace

void add_admin_role_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(get, "/admin/roles", admin_route("The roles", looking_up), show_roles);
    mount.add(post, "/admin/roles", admin_route("Make a role", storing), add_role);
    mount.add(get, "/admin/roles/{role}", admin_route("One role", looking_up), show_role);
    mount.add(post, "/admin/roles/{role}", admin_route("Change a role", storing), change_role);
}

}  // namespace keyhold::pages
