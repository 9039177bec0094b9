// SPDX-License-Identifier: Apache-2.0
// The steps behind schema 25, and all of them together.
#include <iterator>
#include <vector>

#include "store/schema/migration_steps.hpp"

namespace keyhold::store {
namespace {

// client_store.hpp.
constexpr std::string_view client_logos[]{
    "ALTER TABLE keyhold_clients ADD COLUMN logo_uri TEXT NOT NULL DEFAULT ''",
};

// authorization_store.hpp. Devices that are allowed while this runs are good whatever ends, for ten minutes.
constexpr std::string_view devices_of_sessions[]{
    "ALTER TABLE keyhold_device_codes ADD COLUMN parent_id {compared} NOT NULL DEFAULT ''",
};

// logout_store.hpp: until then nobody else tells the client of a log-out; 0: nobody is at it.
constexpr std::string_view held_log_outs[]{
    "ALTER TABLE keyhold_clients ADD COLUMN log_outs_held_until BIGINT NOT NULL DEFAULT 0",
};

// client_store.hpp.
constexpr std::string_view request_objects[]{
    "ALTER TABLE keyhold_clients ADD COLUMN request_uris TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_clients ADD COLUMN request_object_algorithm TEXT NOT NULL DEFAULT ''",
};

// secret_store.hpp: what an account has from the begin that is made with an invitation.
constexpr std::string_view roles_of_invitations[]{
    "ALTER TABLE keyhold_one_time_secrets ADD COLUMN roles TEXT NOT NULL DEFAULT ''",
};

// status_list_store.hpp. Sessions from before have no number, and their tokens name no list.
constexpr std::string_view status_lists[]{
    "CREATE TABLE keyhold_status_lists (only_row INTEGER NOT NULL PRIMARY KEY, next_index BIGINT NOT NULL, lost_below "
    "BIGINT NOT NULL)",
    "INSERT INTO keyhold_status_lists (only_row, next_index, lost_below) VALUES (1, 0, 0)",
    "ALTER TABLE keyhold_sessions ADD COLUMN status_index BIGINT NULL",
    "CREATE UNIQUE INDEX keyhold_sessions_by_status_index ON keyhold_sessions (status_index)",
};

// How an adopted application writes names and addresses: Spelling of account_store.hpp.
constexpr std::string_view adopted_spelling[]{
    "ALTER TABLE keyhold_adoption ADD COLUMN small_names INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_adoption ADD COLUMN small_addresses INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_adoption ADD COLUMN names_are_addresses INTEGER NOT NULL DEFAULT 0",
};

constexpr Step later_steps[]{client_logos,         devices_of_sessions, held_log_outs,   request_objects,
                             roles_of_invitations, status_lists,        adopted_spelling};

}  // namespace

std::span<const Step> migration_steps() {
    static const std::vector<Step> all = [] {
        const auto first = first_migration_steps();
        std::vector<Step> steps(first.begin(), first.end());
        steps.insert(steps.end(), std::begin(later_steps), std::end(later_steps));
        return steps;
    }();
    return all;
}

}  // namespace keyhold::store
