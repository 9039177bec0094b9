// What `keyhold dev` greets its user with.
#pragma once

#include <iosfwd>
#include <string>

#include "app/settings.hpp"
#include "app/signing_keys.hpp"
#include "base/clock.hpp"

namespace keyhold::app {

void show_banner(std::ostream& err, const Settings& settings, const SigningKeys& keys, Time now, const std::string& url,
                 const std::string& admin);

}  // namespace keyhold::app
