// Where the server listens.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace keyhold::app {

struct Bind {
    std::string host;  // an IP address, without brackets
    std::uint16_t port;
};

// "127.0.0.1:8000" or "[::1]:8000". Refused: configuration.
Result<Bind> parse_bind(const std::string& text);

// "http://[::1]:8000"
std::string url_of(const Bind& bind);

}  // namespace keyhold::app
