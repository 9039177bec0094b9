// SPDX-License-Identifier: Apache-2.0
// /admin/api/roles: what roles grant, and who has them.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"

namespace keyhold::api {
namespace {

using RoleName = http::Path<"role", std::string, about("The role's name")>;

struct RoleShown {
    static constexpr std::string_view schema_name = "AdminRole";
    std::string role;
    std::vector<std::string> scopes;
    std::string created_at;  // RFC 3339
};
KEYHOLD_FIELDS(RoleShown, (role, about("Its name")), (scopes, about("What it grants")), (created_at, about("RFC 3339")))

struct RoleList {
    static constexpr std::string_view schema_name = "AdminRoles";
    std::vector<RoleShown> roles;
};
KEYHOLD_FIELDS(RoleList, (roles, about("All of them, by their names")))

RoleShown shown_role(const store::Role& role) { return {role.name, role.scopes, rfc3339(role.created_at)}; }

// GET /admin/api/roles
RoleList list_roles(const Onlooker&, domain::Roles& roles) {
    RoleList list;
    for (const store::Role& role : roles.list()) list.roles.push_back(shown_role(role));
    return list;
}

// One of them, with its entity tag.
template <class Shown>
struct Tagged {
    Shown shown;
    std::string version;
};

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

template <class Shown>
struct Respond<api::Tagged<Shown>> {
    static void write(Response& response, const api::Tagged<Shown>& tagged) {
        Respond<Shown>::write(response, tagged.shown);
        response.add_field("ETag", "\"" + tagged.version + "\"");
    }
    static void describe(Operation& operation) { Respond<Shown>::describe(operation); }
};

}  // namespace keyhold::http

namespace keyhold::api {
namespace {

struct RoleWanted {
    static constexpr std::string_view schema_name = "AdminNewRole";
    std::string role;
    std::vector<std::string> scopes;
};
KEYHOLD_FIELDS(RoleWanted, (role, about("Up to 64 small letters, digits, `-`, `_` and `.`")),
               (scopes, about("What it is to grant, beside what it grants already"), length(0, 100)))

// POST /admin/api/roles: makes a role, or lets it grant more.
Result<Tagged<RoleShown>> add_role(const Administrator& who, const RoleWanted& wanted, domain::Roles& roles) {
    // Refused: rights_exceeded, for a scope that the administrator does not have himself.
    const auto role = roles.add(wanted.role, wanted.scopes, &who.rights());
    if (!role) return role.error();
    return Tagged<RoleShown>{shown_role(*role), domain::version_of(*role)};
}

struct RoleMember {
    static constexpr std::string_view schema_name = "AdminRoleMember";
    std::string id, username;
};
KEYHOLD_FIELDS(RoleMember, (id, about("Of the account")), (username, about("What it is called")))
struct RoleDetails {
    static constexpr std::string_view schema_name = "AdminRoleDetails";
    std::string role;
    std::vector<std::string> scopes;
    std::string created_at;
    std::vector<RoleMember> members;
    std::optional<std::string> next;  // the cursor of the next page of members
};
KEYHOLD_FIELDS(RoleDetails, (role, about("Its name")), (scopes, about("What it grants")),
               (created_at, about("RFC 3339")), (members, about("Who has it")),
               (next, about("The cursor of the next page of members; absent on the last")))

// GET /admin/api/roles/{role}: and who has it, page by page.
Result<Tagged<RoleDetails>> show_role(const Onlooker&, const RoleName& name, const http::Query<http::Page>& wanted,
                                      domain::Roles& roles) {
    const auto role = roles.find(*name);
    if (!role) return role.error();
    auto page = roles.list_members(role->name, wanted->cursor, wanted->limit);
    RoleDetails details{role->name, role->scopes, rfc3339(role->created_at), {}, {}};
    for (store::RoleMember& member : page.members)
        details.members.push_back({std::move(member.id), std::move(member.username)});
    if (!page.next.empty()) details.next = std::move(page.next);
    return Tagged<RoleDetails>{std::move(details), domain::version_of(*role)};
}

// Takes scopes from a role, or with none named removes it. With If-Match only if the role is as it was seen; without it
// whatever it grants. Refused: role_not_found; role_kept; rights_exceeded; precondition_failed.
Result<> take_from(const Administrator& who, const std::string& name, const std::vector<std::string>& scopes,
                   const OptionalIfMatch& seen, domain::Administration& administration, domain::Roles& roles) {
    if (!seen.sent) return administration.remove_role(name, scopes, who.rights());
    const auto role = roles.find(name);
    if (!role) return role.error();
    const std::string version = seen.sent->seen_of(domain::version_of(*role));
    return administration.remove_role(name, scopes, who.rights(), &version);
}

// DELETE /admin/api/roles/{role}: it is taken from everybody who has it, from their next request on.
Result<> remove_role(const Administrator& who, const RoleName& name, const OptionalIfMatch& seen,
                     domain::Administration& administration, domain::Roles& roles) {
    return take_from(who, *name, {}, seen, administration, roles);
}

// DELETE /admin/api/roles/{role}/scopes/{scope}: the role grants it no longer, from the next request of each member on.
Result<> remove_scope(const Administrator& who, const RoleName& name,
                      const http::Path<"scope", std::string, about("The scope, percent-encoded")>& scope,
                      const OptionalIfMatch& seen, domain::Administration& administration, domain::Roles& roles) {
    return take_from(who, *name, {*scope}, seen, administration, roles);
}

}  // namespace

void add_admin_role_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    const std::string roles = "/admin/api/roles", one = roles + "/{role}";
    constexpr Errc nothing = errors::role_not_found, more = errors::rights_exceeded, kept = errors::role_kept;
    mount.add(get, roles, about_route("Every role", looking_up, "What each grants."), list_roles);
    mount.add(
        post, roles,
        about_route("Make a role, or let it grant more", storing,
                    "Of scopes that the administrator has. It counts for all who have the role at their next request.",
                    {errors::rights_too_large, more}),
        add_role);
    mount.add(get, one, about_route("One role and who has it", looking_up, "Its members by pages.", {nothing}),
              show_role);
    mount.add(delete_, one, about_route("Remove a role", storing, "Nobody has it any more.", {nothing, kept, more}),
              remove_role);
    mount.add(delete_, one + "/scopes/{scope}",
              about_route("Let a role grant less", storing,
                          "It counts for all who have the role at their next request.", {nothing, kept, more}),
              remove_scope);
}

}  // namespace keyhold::api
