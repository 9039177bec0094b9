// SPDX-License-Identifier: Apache-2.0
#include "store/database/driver.hpp"

#include <algorithm>
#include <array>

#include "base/percent_encoding.hpp"
#include "store/mariadb/driver.hpp"
#include "store/postgresql/driver.hpp"
#include "store/sqlite/driver.hpp"

namespace keyhold::store {

namespace {

constexpr std::array driver_table{sqlite_driver, postgresql_driver, mariadb_driver};

// Says examples and nothing of what was given, which may hold a password.
Error unsupported() {
    std::string detail = "DATABASE_URL must look like one of:";
    for (const Driver& driver : driver_table) detail.append(" ").append(driver.example);
    return {errors::configuration, std::move(detail)};
}

const Driver* find_driver(std::string_view scheme_and_suffix) {
    const std::string_view scheme = scheme_and_suffix.substr(0, scheme_and_suffix.find('+'));
    for (const Driver& driver : driver_table)
        if (scheme == driver.scheme || (!driver.alias.empty() && scheme == driver.alias)) return &driver;
    return nullptr;
}

}  // namespace

std::string url_in_folder(std::string_view url, const std::filesystem::path& folder) {
    const auto end_of_scheme = url.find("://");
    const Driver* const driver = end_of_scheme == url.npos ? nullptr : find_driver(url.substr(0, end_of_scheme));
    if (driver == nullptr) return std::string(url);
    const auto is_relative = [](std::string_view path) { return !path.empty() && path.front() != '/'; };
    const std::size_t query = std::min(url.find('?'), url.size());
    std::string made(url.substr(0, query));
    const std::size_t path = end_of_scheme + 4;  // behind "sqlite:///"
    if (driver->is_a_file() && made.size() > path && is_relative(std::string_view(made).substr(path)) &&
        made.substr(path) != ":memory:")
        made = made.substr(0, path) + (folder / made.substr(path)).lexically_normal().string();
    for (std::string_view rest = url.substr(query); !rest.empty();) {
        const std::string_view option = rest.substr(0, rest.find('&', 1));  // with the '?' or '&' before it
        rest.remove_prefix(option.size());
        // An option without '=' has no value: all of it is its name.
        const std::size_t equals = std::min(option.find('='), option.size() - 1);
        const std::string_view name = option.substr(1, equals - 1), value = option.substr(equals + 1);
        made += option.substr(0, equals + 1);
        if (std::ranges::find(driver->path_options, name) != driver->path_options.end() && is_relative(value))
            made += percent_encoded(folder.string(), unreserved_marks_and_slash) + "/";
        made += value;
    }
    return made;
}

std::span<const Driver> drivers() { return driver_table; }

Result<DatabaseLocation> parse_url(std::string_view url) {
    const auto end_of_scheme = url.find("://");
    if (end_of_scheme == std::string_view::npos) return unsupported();
    const Driver* const driver = find_driver(url.substr(0, end_of_scheme));
    if (driver == nullptr) return unsupported();
    auto location = driver->parse_location(url.substr(end_of_scheme + 3));
    if (!location) return std::move(location).error();
    return DatabaseLocation{driver, std::move(location->target), std::move(location->shown)};
}

std::string without_password(std::string_view url) {
    std::string shown(url);
    const auto begin = shown.find("://");
    if (begin == std::string::npos || shown.starts_with("sqlite")) return shown;
    // A password that was not percent-encoded may hold anything: all up to the last '@' is taken for it.
    const auto colon = shown.find(':', begin + 3);
    const auto at = shown.rfind('@');
    if (colon != std::string::npos && at != std::string::npos && colon < at)
        shown.replace(colon + 1, at - colon - 1, "***");
    for (const std::string_view name : {"password=", "passwd="})
        if (const auto option = shown.find(name); option != std::string::npos) {
            const auto value = option + name.size();
            shown.replace(value, std::min(shown.find('&', value), shown.size()) - value, "***");
        }
    return shown;
}

}  // namespace keyhold::store
