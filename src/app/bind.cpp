#include "app/bind.hpp"

namespace keyhold::app {

Result<Bind> parse_bind(const std::string& text) {
    const Error wrong(Errc::configuration,
                      "bind = '" + text + "' is not an address and a port, as in 127.0.0.1:8000 or [::1]:8000");
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) return wrong;
    std::string host = text.substr(0, colon);
    const std::string port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos ||
        std::stoul(port) > 65535)
        return wrong;
    return Bind{host, static_cast<std::uint16_t>(std::stoul(port))};
}

std::string url_of(const Bind& bind) {
    const bool v6 = bind.host.find(':') != bind.host.npos;
    return "http://" + (v6 ? "[" + bind.host + "]" : bind.host) + ":" + std::to_string(bind.port);
}

}  // namespace keyhold::app
