// SPDX-License-Identifier: Apache-2.0
// What `keyhold adopt` works on, and how it tells what it found.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/adoption/adoption_report.hpp"
#include "cli/adoption/python_settings.hpp"
#include "cli/context.hpp"

namespace keyhold::cli {

struct AdoptOptions {
    std::string folder;
    TableNames names;
    bool apply = false;
    bool yes = false;             // nobody is asked
    bool lost_passwords = false;  // no old password need work
    bool undoes = false;          // what the keyhold.toml in the folder names was adopted
};

// The application, and where its settings were found; empty: nowhere.
struct Application {
    Settings settings;
    std::string database_from, secret_from, expire_minutes;
    std::string secret_name;           // what its files call the key; empty: it was not found there
    std::string makes_no_tokens;       // where that is seen; empty: it makes some, or nobody knows
    std::string table;                 // of its users, as its files say; empty: they do not
    std::string subject_from, claims;  // of its tokens: python_settings.hpp
    bool issuer_is_given = false;      // by somebody who knows what the application asks for
    bool takes_old_tokens = true;      // false: they cannot be told from others
    bool bind_is_default = false;      // nobody says where Keyhold listens
    bool admin_bind_is_default = false;
    bool subject_is_column = false;  // token_sub is what its files say, and none of our words yet
    bool asks_for_subject = false;   // no code says whom tokens name, and nobody has
    std::vector<std::pair<std::string, std::string>> token_flags;  // settings of tokens as flags gave them
    std::vector<std::string> not_found;                            // what its files say and could not be worked out
    std::vector<PythonSettings::Guess> guesses;
    std::vector<ModelDefault> defaults;
};

// Flags and the environment come before what is found in the folder, that before keyhold.toml. Refused: configuration.
Result<Application> find_application(Context& context, const AdoptOptions& options);
// What tokens say of users follows from the table too: a column is Keyhold's username, address or id if it is that of
// the table, and a claim that no column has is told.
void fit_to_table(Application& application, const ForeignUsers& users);

// What to do after a look: a command that works, or why there is none. Nothing after --apply, which says so itself.
std::string next_step(const Context& context, const Application& application, const AdoptOptions& options,
                      const ForeignUsers& users, bool foreign_hashes);
// Adds the decisions that no column proves and that an operator may want to change.
void add_guesses(const Application& application, ForeignUsers& users, const AdoptionReport& report);
// What --apply wants to be told by a flag, as it cannot be seen afterwards until somebody fails to log in. Refused:
// configuration.
Result<> check_decisions(const Application& application, const ForeignUsers& users, const AdoptOptions& options);
// Guesses without anybody who has read them: a script would share a table as nobody wanted it.
Error nobody_to_ask(const std::vector<std::string>& guesses);

// The configuration in the application's folder. False if there is one already, which stays.
std::string settings_file(const AdoptOptions& options);
Result<bool> write_settings(const Application& application, const AdoptOptions& options, const ForeignUsers& users,
                            const AdoptionReport& report);
// Removes it, if it is the one that was written, and nobody has changed it since. False: there is one, which stays.
bool forget_settings(const AdoptOptions& options);
// Refused: configuration, if there is one already with which the server would not use the application's database.
Result<> check_settings_file(const Context& context, const Application& application, const AdoptOptions& options);

// `next` is the command that comes next, if there is one: its last line.
void print_report(Context& context, const Application& application, const ForeignUsers& users,
                  const AdoptionReport& report, const std::string& next);

// Why `keyhold serve` does not start with the application's secret; empty if it does, or if there is none.
std::string secret_problem(const Application& application);

// The command that was given, as one writes it in a shell, and `more` behind it. A URL with a password is not shown.
std::string again(const Context& context, const AdoptOptions& options, std::string_view more);
// A word as a shell reads it (POSIX.1-2017, Shell Command Language §2.2.2).
std::string shell_word(std::string_view text);

}  // namespace keyhold::cli
