#include "app/issuer.hpp"

#include "app/bind.hpp"

namespace keyhold::app {

std::string issuer_of(const Settings& settings) {
    if (!settings.issuer.empty()) return settings.issuer;
    for (const std::string& text : settings.bind) {
        const auto address = parse_bind("bind", text);
        if (address && !address->is_unix())
            return address->port != 0 ? url_of(*address, scheme_of(settings)) : std::string();
    }
    return {};
}

}  // namespace keyhold::app
