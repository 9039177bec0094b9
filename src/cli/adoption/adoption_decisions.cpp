// SPDX-License-Identifier: Apache-2.0
// What somebody has to decide before another application's table is shared, and what is told of what was guessed.
#include <algorithm>

#include "cli/adoption/adopt.hpp"
#include "domain/accounts/lock_out_words.hpp"

namespace keyhold::cli {
namespace {

// Whether its code changes passwords before it hashes them, and nobody has said that this may be.
const PythonSettings::Guess* changed_passwords(const Application& application, const AdoptOptions& options) {
    const auto changed = std::ranges::find(application.guesses, "hashing", &PythonSettings::Guess::what);
    return changed == application.guesses.end() || options.lost_passwords ? nullptr : &*changed;
}

}  // namespace

std::string next_step(const Context& context, const Application& application, const AdoptOptions& options,
                      const ForeignUsers& users, bool foreign_hashes) {
    if (options.apply) return {};
    if (changed_passwords(application, options) != nullptr)
        return context.json
                   ? std::string()
                   : "nothing yet: this application cannot be shared as it is, as it changes passwords before it "
                     "hashes them (see above).\n                Have it hash passwords as they are typed, and "
                     "everybody choose a new one. If that code is not what these users' passwords are\n"
                     "                hashed by, or old passwords need not work: " +
                         again(context, options, "--old-passwords-stop-working");
    if (foreign_hashes)
        return options.folder.empty() ? std::string() : "keyhold import app " + shell_word(options.folder);
    // What locks people out is for somebody to decide who knows the application.
    // No command that is followed to the letter lets anybody in.
    if (std::ranges::all_of(users.unclear, domain::says_until) && !users.unclear.empty())
        return context.json ? std::string()
                            : "the same again with --everybody-may-log-in, if those whom " + users.unclear.front() +
                                  " locks out for a while may log in at Keyhold";
    if (users.unclear.size() == 1 && users.flags.contains(users.unclear.front()))
        return again(context, options, users.flags.at(users.unclear.front()));
    if (!users.unclear.empty()) return {};
    if (auto fits = check_settings_file(context, application, options); !fits)
        return context.json ? std::string() : "nothing yet: " + std::string(fits.error().detail());
    if (application.asks_for_subject)
        return context.json ? std::string()
                            : "the same again with --token-sub username, email or id: what `sub` is in the "
                              "application's tokens";
    return again(context, options, "--apply");
}

void add_guesses(const Application& application, ForeignUsers& users, const AdoptionReport& report) {
    if (report.written.size() > 1)
        users.guesses.push_back("There are hashes of several kinds: Keyhold writes " + users.table.written_hash +
                                ", as most are.");
    for (const PythonSettings::Guess& guess : application.guesses) users.guesses.push_back(guess.says);
}

Result<> check_decisions(const Application& application, const ForeignUsers& users, const AdoptOptions& options) {
    if (!users.unclear.empty())
        return Error(errors::configuration, "the column " + users.unclear.front() + " of the table " +
                                                users.table.table +
                                                " may lock people out, and they would get in here: say --active-column "
                                                "or --disabled-column and a name, or --everybody-may-log-in");
    if (const auto* const changed = changed_passwords(application, options); changed != nullptr)
        return Error(errors::configuration, changed->says +
                                                " Say --old-passwords-stop-working if it may be so, or if that code "
                                                "is not what these users' passwords are hashed by");
    // Whoever registers as "1" must not be the first user of an application whose `sub` is the id.
    if (application.asks_for_subject)
        return Error(errors::configuration,
                     "no code says whom the application's tokens name, and a wrong guess would make one user another: "
                     "say --token-sub username, email or id");
    return {};
}

Error nobody_to_ask(const std::vector<std::string>& guesses) {
    std::string why = "some of it was guessed, and nobody is at a terminal to be asked; say --yes to adopt it so:";
    for (const std::string& guess : guesses) why.append(" ").append(guess);
    return {errors::configuration, std::move(why)};
}

}  // namespace keyhold::cli
