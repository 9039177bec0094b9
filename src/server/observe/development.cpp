// SPDX-License-Identifier: Apache-2.0
#include "server/observe/development.hpp"

#include "jose/algorithm.hpp"
#include "server/settings/safety.hpp"
#include "store/database/driver.hpp"

namespace keyhold::server {

domain::Development development_of(const Settings& settings, const SigningKeys& keys, Time now) {
    return {.database = store::without_password(settings.database_url),
            .algorithm = std::string(keys.keys->signing(now).algorithm().name),
            .has_own_keys = keys.own != nullptr,
            .admin_bind = settings.admin_bind,
            .password_min_length = static_cast<std::size_t>(settings.password_min_length),
            .warnings = weak_secrets(settings)};
}

}  // namespace keyhold::server
