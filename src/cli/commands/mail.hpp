// SPDX-License-Identifier: Apache-2.0
// The commands about mail.
#pragma once

#include "cli/command.hpp"

namespace keyhold::cli {

Command mail_command();
Command outbox_command();

}  // namespace keyhold::cli
