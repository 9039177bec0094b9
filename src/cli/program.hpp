// SPDX-License-Identifier: Apache-2.0
// Everything that the program can do, as one table: its commands, and the flags that may stand anywhere.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace keyhold::cli {

// `keyhold` itself: its commands are those of the command line, its parameters --version, --json, --config and every
// setting that is no secret. Made anew with each call.
Command program(const server::SettingsTable& table = *server::our_settings());

// --like-this for like_this.
std::string flag_of(std::string_view setting);

// Under which the help lists the flags that each command has, and the settings.
inline constexpr const char* everywhere = "Everywhere";
const std::string& heading_of(server::Topic topic);

// The commands, each in the file of its name.
Command dev_command();
Command serve_command();
Command test_command();
Command user_command();
Command role_command();
Command user_export_command();
Command user_invite_command();
Command user_invitations_command();
Command user_revoke_invitation_command();
Command user_login_link_command();
Command user_profile_command();
Command user_close_command();
Command import_command();
Command adopt_command();
Command doctor_command();
Command backup_command();
Command session_command();
Command event_command();
Command key_command();
Command token_command();
Command token_inspect_command();
Command token_issue_command();
Command db_command();
Command config_command();
Command hash_command();
Command completion_command();
Command man_command();
Command version_command();

// What this program is and was built with. `own`: Context::own_version.
std::string version_line(std::string_view own = {});

// program() as a program that is made of Keyhold shows it: under its own name, with its own version.
Command program_called(const std::string& name, std::string_view own_version,
                       const server::SettingsTable& table = *server::our_settings());

}  // namespace keyhold::cli
