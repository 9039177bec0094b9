// SPDX-License-Identifier: Apache-2.0
// keyhold role add|remove|list|show|grant|revoke. A running server sees every change at once.
#include <functional>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "domain/words.hpp"
#include "store/errors.hpp"

namespace keyhold::cli {
namespace {

using domain::Roles;
using server::Components;

// The members of a role in an object that the caller has begun.
void write(json::Writer& out, const store::Role& role) {
    out.member("role", role.name);
    out.name("scopes");
    out.begin_array();
    for (const std::string& scope : role.scopes) out.value(scope);
    out.end_array();
}

// As JSON without a line end, because a list puts a comma between two.
void print(Context& context, const store::Role& role, std::int64_t members) {
    if (!context.json) {
        context.out << role.name << "  " << members << (members == 1 ? " member" : " members");
        for (const std::string& scope : role.scopes) context.out << "  " << scope;
        context.out << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    write(out, role);
    out.member("members", members);
    out.end_object();
    context.out << text;
}

// Makes the role if there is none, and adds the scopes to those that it has.
void add_role(Context& context, Components& components, const Values& values) {
    const auto role = components.roles.add(values.text("role"), values.texts("scopes"), Roles::whoever_runs_the_server);
    if (!role) return context.fail(role.error());
    print(context, *role, components.roles.count_members(role->name));
    if (context.json) context.out << '\n';
}

// Only the removal of a whole role is asked about, and only if somebody has it: scopes can be given back by `role
// add`, but who had a role is forgotten with it.
void remove_role(Context& context, Components& components, const Values& values) {
    const std::string& name = values.text("role");
    const auto& scopes = values.texts("scopes");
    if (scopes.empty() && !values.given("--yes")) {
        const auto role = components.roles.find(name);
        if (!role) return context.fail(role.error());
        // A hint for the person who is asked. Somebody may grant the role before the answer; it is taken from him as
        // well.
        const auto members = components.roles.count_members(name);
        const std::string who = members == 1 ? " one account" : " " + std::to_string(members) + " accounts";
        if (members > 0 && !context.agrees("It is taken from" + who + ". Remove " + name + "?")) return;
    }
    if (auto removed = components.roles.remove(name, scopes); !removed) return context.fail(removed.error());
    if (!context.json) context.err << name << (scopes.empty() ? " is removed\n" : " grants less now\n");
}

// With the number of members, which is a query for each role; there are few roles.
void list_roles(Context& context, Components& components, const Values&) {
    bool first = true;
    if (context.json) context.out << "[";
    for (const store::Role& role : components.roles.list()) {
        if (context.json && !first) context.out << ",\n";
        print(context, role, components.roles.count_members(role.name));
        first = false;
    }
    if (context.json) context.out << "]\n";
}

// One role with all its members.
void show_role(Context& context, Components& components, const Values& values) {
    // Members are read in pages of a transaction each, so that a role of everybody's holds no lock for long; who gets
    // or loses the role meanwhile may be missing or still be there.
    constexpr int page_size = 1000;
    const auto role = components.roles.find(values.text("role"));
    if (!role) return context.fail(role.error());
    if (!context.json) print(context, *role, components.roles.count_members(role->name));
    std::string text;
    json::Writer out(text);
    out.begin_object();
    write(out, *role);
    out.name("members");
    out.begin_array();
    store::RoleMembers page;
    do {
        page = components.roles.list_members(role->name, page.next, page_size);
        for (const store::RoleMember& member : page.members) {
            if (!context.json) {
                context.out << "  " << member.id << "  " << member.username << '\n';
                continue;
            }
            out.begin_object();
            out.member("id", member.id);
            out.member("username", member.username);
            out.end_object();
        }
    } while (!page.next.empty());
    out.end_array();
    out.end_object();
    if (context.json) context.out << text << '\n';
}

// Gives the action the roles of the settings' database.
Run on_roles(std::function<void(Context&, Components&, const Values&)> action) {
    return [action = std::move(action)](Context& context, const Values& values) {
        with_components(context, [&](const Settings&, Components& components) { action(context, components, values); });
    };
}

// Whom it was about, and the roles that he has now.
void print_member(Context& context, const domain::Account& account) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("id", account.id);
    out.member("username", account.username);
    out.name("roles");
    out.begin_array();
    for (const std::string_view role : words_in(account.roles.names())) out.value(role);
    out.end_array();
    out.end_object();
    context.out << text << '\n';
}

// What `change` does to the account, and what is said of it.
Run on_member(Result<> (*change)(Roles&, const domain::Account& account, const std::string& role), const char* done) {
    return on_roles([change, done](Context& context, Components& components, const Values& values) {
        const auto account = components.accounts.find(values.text("username"));
        if (!account) return context.fail(account.error());
        if (auto changed = change(components.roles, *account, values.text("role")); !changed)
            return context.fail(changed.error());
        if (!context.json)
            context.err << account->username << done << values.text("role") << '\n';
        else if (const auto changed = components.accounts.find_by_id(account->id))
            print_member(context, *changed);
    });
}

// The operator of the server may give every role, whatever rights an account has; this is one way to make the first
// administrator.
Result<> grant_role(Roles& roles, const domain::Account& account, const std::string& role) {
    return roles.grant(account.id, role, Roles::whoever_runs_the_server);
}
// The operator may also take the role from the last administrator, since the next one is made in the same way.
// One that he has not is likely to be another user's, or another role.
Result<> revoke_role(Roles& roles, const domain::Account& account, const std::string& role) {
    if (auto found = roles.find(role); !found) return std::move(found).error();
    if (!store::has_word(account.roles.names(), role))
        return Error(errors::role_not_found, account.username + " does not have the role " + role);
    return roles.revoke(account.id, role);
}

}  // namespace

Command role_command() {
    const Parameter which{.name = "role", .help = "The role", .required = true};
    const Parameter whom{.name = "username", .help = "Whom: the username, or the e-mail address", .required = true};
    const Parameter scopes{.name = "scopes", .help = "Scopes, such as notes:read", .takes = Takes::texts};
    return {
        .name = "role",
        .about = "Look after roles: what accounts may do",
        .example = "keyhold role grant admin alice",
        .reads = {server::Topic::database},
        .commands = {{.name = "add",
                      .about = "Make a role, or let it grant more scopes",
                      .example = "keyhold role add editor notes:read notes:write",
                      .parameters = {which, scopes},
                      .run = on_roles(add_role)},
                     {.name = "remove",
                      .about = "Take scopes from a role; without scopes, remove it from everybody who has it",
                      .example = "keyhold role remove editor notes:write",
                      .parameters = {which,
                                     scopes,
                                     {.name = "--yes",
                                      .help = "Do not ask; without a terminal nobody is asked",
                                      .takes = Takes::nothing}},
                      .run = on_roles(remove_role)},
                     {.name = "list",
                      .about = "Every role, what it grants and how many have it",
                      .example = "keyhold role list --json",
                      .run = on_roles(list_roles)},
                     {.name = "show",
                      .about = "One role and who has it",
                      .example = "keyhold role show editor",
                      .parameters = {which},
                      .run = on_roles(show_role)},
                     {.name = "grant",
                      .about = "Give a user a role; it counts at their next request",
                      .example = "keyhold role grant editor alice",
                      .parameters = {which, whom},
                      .run = on_member(grant_role, " has the role ")},
                     {.name = "revoke",
                      .about = "Take a role from a user; it is gone at their next request",
                      .example = "keyhold role revoke editor alice",
                      .parameters = {which, whom},
                      .run = on_member(revoke_role, " does not have the role ")}},
    };
}

}  // namespace keyhold::cli
