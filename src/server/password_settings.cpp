// SPDX-License-Identifier: Apache-2.0
#include "server/password_settings.hpp"

#include <array>
#include <utility>

namespace keyhold::server {

Result<crypto::PasswordSettings> password_settings(const Settings& settings) {
    using Scheme = crypto::PasswordScheme;
    static constexpr std::array schemes{std::pair{std::string_view("bcrypt"), Scheme::bcrypt},
                                        std::pair{std::string_view("argon2id"), Scheme::argon2id}};
    for (const auto& [name, scheme] : schemes) {
        if (name != settings.password_hash) continue;
        return crypto::PasswordSettings{.scheme = scheme,
                                        .bcrypt_cost = static_cast<int>(settings.bcrypt_cost),
                                        .argon2_memory = static_cast<std::uint64_t>(settings.argon2_memory),
                                        .argon2_passes = static_cast<std::uint64_t>(settings.argon2_passes)};
    }
    return Error(errors::configuration,
                 "password_hash = '" + settings.password_hash + "' is neither bcrypt nor argon2id");
}

}  // namespace keyhold::server
