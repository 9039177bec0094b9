// Who we are in tokens and in discovery documents.
#pragma once

#include <string>

#include "app/settings.hpp"

namespace keyhold::app {

// The setting `issuer`, or the URL of `bind`. Empty if the port is not known before the server listens.
std::string issuer_of(const Settings& settings);

}  // namespace keyhold::app
