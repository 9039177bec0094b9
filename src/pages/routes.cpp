// SPDX-License-Identifier: Apache-2.0
#include "pages/routes.hpp"

#include <algorithm>

#include "pages/admin/routes.hpp"
#include "pages/frame.hpp"
#include "pages/refusal.hpp"

namespace keyhold::pages {

namespace {

http::Mount mount_of_pages(http::Routes& routes, const http::Services& services) {
    http::Mount mount(routes, services, page_refusal(services), "/");
    mount.keep_from_other_origins();
    return mount;
}

}  // namespace

void add_routes(http::Routes& routes, const http::Services& services) {
    http::Mount mount = mount_of_pages(routes, services);
    const bool has_home = std::ranges::any_of(routes.all(), [](const http::Route* route) {
        return route->operation.path == "/" && route->operation.method == http::Method::get;
    });
    if (!has_home) add_home_routes(mount);
    add_sign_in_routes(mount);
    add_sign_up_routes(mount);
    add_password_routes(mount);
    add_account_routes(mount);
    add_confirm_password_routes(mount);
    add_session_routes(mount);
    add_recovery_routes(mount);
    add_event_routes(mount);
    add_application_routes(mount);
    add_account_data_routes(mount);
    add_first_administrator_routes(mount);
    add_problem_routes(mount);
    add_well_known_routes(mount);
    add_frame_routes(mount);
}

void add_admin_routes(http::Routes& routes, const http::Services& services) {
    http::Mount mount = mount_of_pages(routes, services);
    add_admin_overview_routes(mount);
    add_admin_user_routes(mount);
    add_admin_person_routes(mount);
    add_admin_danger_routes(mount);
    add_admin_session_routes(mount);
    add_admin_role_routes(mount);
    add_admin_event_routes(mount);
    add_admin_key_routes(mount);
    add_admin_outbox_routes(mount);
    add_admin_client_routes(mount);
    add_admin_setting_routes(mount);
    add_admin_new_user_routes(mount);
    add_admin_backup_routes(mount);
    add_admin_import_routes(mount);
}

}  // namespace keyhold::pages
