// SPDX-License-Identifier: Apache-2.0
// keyhold proxy: what a proxy in front of an application does with requests that are meant to deceive it.
#pragma once

#include "cli/command.hpp"

namespace keyhold::cli {

Command proxy_command();

}  // namespace keyhold::cli
