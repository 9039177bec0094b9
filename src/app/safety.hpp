// What `keyhold serve` refuses to run with, each in one line that names the fix.
#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"

namespace keyhold::app {

std::vector<std::string> unsafe_settings(const Loaded& loaded);

}  // namespace keyhold::app
