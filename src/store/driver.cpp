#include "store/driver.hpp"

#include <array>

#include "store/sqlite.hpp"

namespace keyhold::store {

namespace {

constexpr std::array driver_table{sqlite_driver};

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
        if (scheme != driver.scheme) continue;
        auto location = driver.parse_location(url.substr(end_of_scheme + 3));
        if (!location) return std::move(location).error();
        return Place{&driver, std::move(*location)};
    }
    return unsupported();
}

}  // namespace keyhold::store
