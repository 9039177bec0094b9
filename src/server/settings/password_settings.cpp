// SPDX-License-Identifier: Apache-2.0
#include "server/settings/password_settings.hpp"

#include <algorithm>
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
                                        .argon2_passes = static_cast<std::uint64_t>(settings.argon2_passes),
                                        .argon2_lanes = static_cast<std::uint64_t>(settings.argon2_lanes)};
    }
    if (auto written = crypto::WrittenHash::parse(settings.password_hash))
        return crypto::PasswordSettings{.scheme = Scheme::written,
                                        .bcrypt_cost = static_cast<int>(settings.bcrypt_cost),
                                        .argon2_memory = static_cast<std::uint64_t>(settings.argon2_memory),
                                        .argon2_passes = static_cast<std::uint64_t>(settings.argon2_passes),
                                        .argon2_lanes = static_cast<std::uint64_t>(settings.argon2_lanes),
                                        .written = std::move(written)};
    return Error(errors::configuration, "password_hash = '" + settings.password_hash +
                                            "' is neither bcrypt nor argon2id, nor the beginning of a hash up to its "
                                            "salt, as in pbkdf2_sha256$600000");
}

double hashing_share(std::size_t threads, std::optional<double> quota) {
    constexpr double of_quota = 0.9;
    return quota ? std::min(1.0, of_quota * *quota / static_cast<double>(threads)) : 1.0;
}

}  // namespace keyhold::server
