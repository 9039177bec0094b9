// SPDX-License-Identifier: Apache-2.0
// Who may see and change what below /admin: the levels, and the visits by which handlers ask for them.
#include "pages/admin/visit.hpp"

#include <algorithm>
#include <array>

#include "domain/accounts/levels.hpp"
#include "http/scopes.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {
namespace {

// The pages that lead to all others, and who sees them.
struct Tab {
    std::string_view path;   // below /admin
    std::string_view label;  // a text
    Level least;
};
constexpr std::array tabs{
    Tab{"", "admin_overview.title", Level::support},          Tab{"/users", "admin_users.title", Level::support},
    Tab{"/sessions", "admin_sessions.title", Level::support}, Tab{"/roles", "admin_roles.title", Level::support},
    Tab{"/events", "admin_events.title", Level::support},     Tab{"/clients", "admin_clients.title", Level::support},
    Tab{"/keys", "admin_keys.title", Level::support},         Tab{"/outbox", "admin_outbox.title", Level::support},
    Tab{"/settings", "admin_settings.title", Level::manager}, Tab{"/backups", "admin_backups.title", Level::owner},
    Tab{"/import", "admin_import.title", Level::owner},
};

constexpr std::string_view root = "/admin";

// Whether the page at `path` belongs to the tab: it is its page, or one below it.
bool is_below(std::string_view path, std::string_view tab) {
    path.remove_prefix(std::min(root.size(), path.size()));
    if (tab.empty()) return path.empty() || path == "/";
    return path == tab || (path.starts_with(tab) && path[tab.size()] == '/');
}

std::string name_of(std::string_view name) { return "admin_" + std::string(name); }

}  // namespace

// Roles are a list of names; this makes the three levels of them that pages know.
Level level_of(const Rights& rights) {
    if (domain::is_owner(rights)) return Level::owner;
    if (rights.has_scope(domain::admin_scope)) return Level::manager;
    return rights.has_scope(domain::support_scope) ? Level::support : Level::nobody;
}

Rights rights_of(const Visitor& who, domain::Roles& roles) {
    // Most people have none, and cost no question.
    if (who.roles().is_empty()) return {};
    const auto names = domain::parse_scopes(who.roles().names());  // words with spaces between them, as scopes are
    if (!names) return {};
    Rights all = domain::rights_of(roles.list(), *names);
    const auto& scope = who.session().scope;
    if (!scope) return all;
    const auto asked = domain::parse_scopes(*scope);
    return asked ? domain::limited(all, *asked) : Rights();
}

// What the frame of all these pages shows: tabs that the person may open, and whether buttons are shown.
void AdminVisit::add_common(Values& values) const {
    std::vector<Values> shown;
    for (const Tab& tab : tabs)
        if (level() >= tab.least)
            shown.push_back({{"path", std::string(tab.path)},
                             {"label", text(tab.label)},
                             {"current", is_below(request().path, tab.path)}});
    values.emplace_back("tabs", std::move(shown));
    values.emplace_back("may_change", may_change());
    values.emplace_back("is_owner", level() == Level::owner);
    // Pages with tables take the width of the window.
    values.emplace_back("wide", true);
}

std::vector<store::Role> roles_to_give(const AdminVisit& visit, domain::Roles& roles) {
    const auto all = roles.list();
    std::vector<store::Role> given;
    for (const store::Role& role : all)
        if (domain::Roles::check_may_give(all, std::array{role.name}, &visit.rights())) given.push_back(role);
    return given;
}

Answer AdminVisit::show(std::string_view name, Values values, int status) const {
    add_common(values);
    return Visit::show(name_of(name), std::move(values), status);
}

Answer AdminVisit::show_error(std::string_view name, Values values, const Error& error) const {
    add_common(values);
    return Visit::show_error(name_of(name), std::move(values), error);
}

}  // namespace keyhold::pages

namespace keyhold::http {
namespace {

using pages::Level;

// Who it is and what they may do, before the level is asked for.
struct Known {
    pages::PersonalVisit visit;
    Rights rights;
};

// Refused: not_authenticated, which leads to the sign-in page; insufficient_scope for somebody who is signed in and has
// too little.
Result<Known> known(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions, const pages::Site& site,
                    domain::Roles& roles, Level least) {
    auto visit = Extract<pages::PersonalVisit>::from(request, tokens, sessions, site);
    if (!visit) return std::move(visit).error();
    Rights rights = pages::rights_of(visit->who(), roles);
    // There is no scope to ask for: an owner is made by the role itself.
    if (pages::level_of(rights) < least && least == Level::owner) return domain::only_an_owner();
    if (pages::level_of(rights) < least)
        return needs_scope(least == Level::support ? domain::support_scope : domain::admin_scope);
    return Known{std::move(*visit), std::move(rights)};
}

}  // namespace

Result<pages::SupportVisit> Extract<pages::SupportVisit>::from(const Request& request, domain::Tokens& tokens,
                                                               domain::Sessions& sessions, const pages::Site& site,
                                                               domain::Roles& roles) {
    auto who = known(request, tokens, sessions, site, roles, Level::support);
    if (!who) return std::move(who).error();
    return pages::SupportVisit(std::move(who->visit), std::move(who->rights));
}

Result<pages::ManagerVisit> Extract<pages::ManagerVisit>::from(const Request& request, domain::Tokens& tokens,
                                                               domain::Sessions& sessions, const pages::Site& site,
                                                               domain::Roles& roles) {
    auto who = known(request, tokens, sessions, site, roles, Level::manager);
    if (!who) return std::move(who).error();
    return pages::ManagerVisit(std::move(who->visit), std::move(who->rights));
}

// Who may not do it at all is told so before he is asked for his password.
Result<pages::DangerVisit> Extract<pages::DangerVisit>::from(const Request& request, domain::Tokens& tokens,
                                                             domain::Sessions& sessions, const pages::Site& site,
                                                             domain::Roles& roles) {
    auto who = known(request, tokens, sessions, site, roles, Level::manager);
    if (!who) return std::move(who).error();
    if (auto recent = pages::check_recent(who->visit); !recent) return std::move(recent).error();
    return pages::DangerVisit(std::move(who->visit), std::move(who->rights));
}

Result<pages::OwnerVisit> Extract<pages::OwnerVisit>::from(const Request& request, domain::Tokens& tokens,
                                                           domain::Sessions& sessions, const pages::Site& site,
                                                           domain::Roles& roles) {
    auto who = known(request, tokens, sessions, site, roles, Level::owner);
    if (!who) return std::move(who).error();
    if (auto recent = pages::check_recent(who->visit); !recent) return std::move(recent).error();
    return pages::OwnerVisit(std::move(who->visit), std::move(who->rights));
}

}  // namespace keyhold::http
