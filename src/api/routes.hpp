// SPDX-License-Identifier: Apache-2.0
// The groups of routes, one *_routes.cpp each.
#pragma once

#include <string>
#include <string_view>

#include "api/services.hpp"
#include "http/route.hpp"

namespace keyhold::api {

void add_account_routes(http::Mount& mount);      // /register, /login, /me, /password
void add_session_routes(http::Mount& mount);      // /refresh, /logout, /sessions
void add_application_routes(http::Mount& mount);  // /me/applications
void add_recovery_routes(http::Mount& mount);     // /password/forgot, /password/reset, /email/verify, /sessions/not-me
void add_protected_routes(http::Mount& mount);    // /protected
void add_key_routes(http::Mount& mount);          // /.well-known/jwks.json
void add_admin_user_routes(http::Mount& mount);   // /admin/api/users
void add_admin_invitation_routes(http::Mount& mount);  // /admin/api/invitations
void add_admin_access_routes(http::Mount& mount);      // /admin/api/users/{id}/sessions, /lock, /login-link
void add_admin_role_routes(http::Mount& mount);        // /admin/api/roles
void add_admin_event_routes(http::Mount& mount);       // /admin/api/events, /admin/api/sessions
void add_admin_server_routes(http::Mount& mount);      // /admin/api/keys, /admin/api/outbox, /admin/api/settings
void add_admin_backup_routes(http::Mount& mount);      // /admin/api/backups
void add_admin_client_routes(http::Mount& mount);      // /admin/api/clients
void add_admin_import_routes(http::Mount& mount);      // /admin/api/import
void add_docs_routes(http::Mount& mount);              // /docs, /redoc, /openapi.json

// All of them but /protected, which is an example: a program's own takes its place; and but those of /admin/api, which
// another listener may have.
void add_routes(http::Mount& mount);
void add_admin_routes(http::Mount& mount);  // /admin/api/

// The OpenAPI document of everything that was added, as JSON.
std::string describe(const http::Routes& routes, std::string_view title, std::string_view version,
                     std::string_view license);

}  // namespace keyhold::api
