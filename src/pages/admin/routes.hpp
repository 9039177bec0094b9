// SPDX-License-Identifier: Apache-2.0
// The pages of /admin, a file each, and what they share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pages/admin/visit.hpp"
#include "pages/routes.hpp"

namespace keyhold::store {
struct Session;
struct ShownEvent;
}  // namespace keyhold::store

namespace keyhold::pages {

void add_admin_overview_routes(http::Mount& mount);  // /admin
void add_admin_user_routes(http::Mount& mount);      // /admin/users
void add_admin_person_routes(http::Mount& mount);    // /admin/users/{id}
void add_admin_danger_routes(http::Mount& mount);    // /admin/users/{id}/roles, /link, /delete
void add_admin_session_routes(http::Mount& mount);   // /admin/sessions
void add_admin_role_routes(http::Mount& mount);      // /admin/roles
void add_admin_event_routes(http::Mount& mount);     // /admin/events
void add_admin_key_routes(http::Mount& mount);       // /admin/keys
void add_admin_outbox_routes(http::Mount& mount);    // /admin/outbox
void add_admin_client_routes(http::Mount& mount);    // /admin/clients
void add_admin_setting_routes(http::Mount& mount);   // /admin/settings
void add_admin_new_user_routes(http::Mount& mount);  // /admin/users/new, /admin/users/invite
void add_admin_backup_routes(http::Mount& mount);    // /admin/backups
void add_admin_import_routes(http::Mount& mount);    // /admin/import

// What happens by these is told to have happened by way of administrators (base/caller.hpp).
inline http::RouteAbout admin_route(std::string_view summary, http::On on) {
    http::RouteAbout about = page_route(summary, on);
    about.tag = "admin";
    about.door = Door::admin;
    return about;
}

// A word of a command that a shell takes as it is.
std::string quoted_for_shell(std::string_view text);
// The last argument of a command of ours: what begins with '-' would be read as an option, quoted or not.
std::string argument_for_command(std::string_view text);
// " --name value", where there is a value.
std::string option_for_command(std::string_view name, std::string_view value);

// "name=value&..." of those that have a value, in the order given.
std::string query_with(std::initializer_list<std::pair<std::string_view, std::string_view>> parts);

// The same as a button does, in a terminal: `keyhold` beside the server, and a call of the JSON API.
struct SameThing {
    std::string label;    // a text: what it does
    std::string command;  // "keyhold user disable ann"; empty: there is none
    std::string_view method = {};
    std::string path = {};       // "/admin/api/users/..."; empty: there is none
    std::string body = {};       // JSON; empty: none
    std::string version = {};    // for If-Match; empty: none
    std::string_view file = {};  // media type of the file FILE that is the body instead; empty: none
    bool is_download = false;    // the answer is a file, for NAME
};
// {"name":"text"}, as the body of a call.
std::string json_of(std::string_view name, std::string_view text);
// For {{>admin_how}}.
std::vector<Values> how(const Visit& visit, const std::vector<SameThing>& things);

// A code of the server's in the language of the page: of the group "admin_door" and the code "api" the text
// admin_door.api. One that has no text, as a newer Keyhold may have written it, as it is.
std::string word_of_code(const Visit& visit, std::string_view group, const std::string& code);

// An event for {{>admin_event_rows}}.
Values shown_event(const Visit& visit, const store::ShownEvent& shown);

// A session for {{>admin_session_facts}}.
Values shown_session(const Visit& visit, const store::Session& session);

// The roles that whoever looks at the page may give to others. The rest would be refused.
std::vector<store::Role> roles_to_give(const AdminVisit& visit, domain::Roles& roles);

// "done=..." of a page that a form leads back to.
struct AdminDone {
    static constexpr std::string_view schema_name = "AdminDoneWay";
    std::string done, cursor;
};
KEYHOLD_FIELDS(AdminDone, (done, may_be_absent()), (cursor, may_be_absent()))

// The way back to the first page of a list, for {{>admin_pages}}.
inline void add_first(Values& values, std::string query) {
    values.emplace_back("has_first", true);
    values.emplace_back("first", std::move(query));
}

// The text PAGE.done_WORD as what was done, if there is such a text.
void add_done(Values& values, const Visit& visit, std::string_view page, std::string_view word);

}  // namespace keyhold::pages
