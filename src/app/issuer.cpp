#include "app/issuer.hpp"

#include "app/bind.hpp"

namespace keyhold::app {

std::string issuer_of(const Settings& settings) {
    if (!settings.issuer.empty()) return settings.issuer;
    const auto bind = parse_bind(settings.bind);
    return bind && bind->port != 0 ? url_of(*bind) : std::string();
}

}  // namespace keyhold::app
