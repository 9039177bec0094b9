// SPDX-License-Identifier: Apache-2.0
// keyhold client: see client.cpp.
#pragma once

#include "cli/command.hpp"

namespace keyhold::cli {

Command client_command();

}  // namespace keyhold::cli
