#include "store/driver.hpp"

#include <array>

#include "store/mariadb.hpp"
#include "store/postgresql.hpp"
#include "store/sqlite.hpp"

namespace keyhold::store {

namespace {

constexpr std::array driver_table{sqlite_driver, postgresql_driver, mariadb_driver};

Error unsupported() {
    std::string detail = "DATABASE_URL must look like one of:";
    for (const Driver& driver : driver_table) detail.append(" ").append(driver.example);
    return {Errc::configuration, std::move(detail)};
}

}  // namespace

std::span<const Driver> drivers() { return driver_table; }

Result<Place> parse_url(std::string_view url) {
    const auto end_of_scheme = url.find("://");
    if (end_of_scheme == std::string_view::npos) return unsupported();
    const std::string_view scheme_and_suffix = url.substr(0, end_of_scheme);
    const std::string_view scheme = scheme_and_suffix.substr(0, scheme_and_suffix.find('+'));
    for (const Driver& driver : driver_table) {
        if (scheme != driver.scheme && (driver.alias.empty() || scheme != driver.alias)) continue;
        auto location = driver.parse_location(url.substr(end_of_scheme + 3));
        if (!location) return std::move(location).error();
        return Place{&driver, std::move(location->target), std::move(location->shown)};
    }
    return unsupported();
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
