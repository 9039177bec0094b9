// SPDX-License-Identifier: Apache-2.0
// `keyhold user profile`: what applications may know of somebody, shown or read from standard input.
#include <istream>
#include <iterator>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "http/codec.hpp"

namespace keyhold::cli {
namespace {

using domain::Profile;

// Reads a whole profile as JSON: it replaces the old one, so a member that is left out is removed. Refused:
// validation_failed, with every member that is wrong.
Result<Profile> read_profile(std::istream& in) {
    json::Document document;
    const auto root = document.parse(std::string(std::istreambuf_iterator<char>(in), {}));
    if (!root) return Error(errors::validation_failed, "standard input is no JSON: " + document.error().reason);
    auto read = http::read_struct<Profile>(http::Incoming(*root), "stdin");
    if (read) return read;
    std::string what;
    for (const FieldError& field : read.error().fields()) {
        what += what.empty() ? "" : "; ";
        for (const LocationStep& step : field.loc) what += step.text() + ": ";
        what += field.msg;
    }
    return Error(errors::validation_failed, std::move(what));
}

// Prints the profile as it is afterwards, also after --set, so that a script sees what was kept.
void run(Context& context, server::Components& parts, const std::string& username, bool is_set) {
    const auto account = parts.accounts.find(username);
    if (!account) return context.fail(account.error());
    Profile profile = parts.profiles.find(account->id);
    if (is_set) {
        auto wanted = read_profile(context.in);
        if (!wanted) return context.fail(wanted.error());
        auto replaced = parts.profiles.replace(account->id, std::move(*wanted));
        if (!replaced) return context.fail(replaced.error());
        profile = std::move(*replaced);
    }
    std::string text;
    json::Writer out(text);
    http::Codec<Profile>::write(out, profile);
    context.out << text << '\n';
}

}  // namespace

Command user_profile_command() {
    return {.name = "profile",
            .about = "What applications may know of a user, as JSON: name, given_name, picture and so on",
            .example = "echo '{\"given_name\": \"Alice\"}' | keyhold user profile alice --set",
            .parameters = {{.name = "username", .help = "Whom: the username, or the e-mail address", .required = true},
                           {.name = "--set",
                            .help = "Read it from standard input: all of it anew, {} for nothing",
                            .takes = Takes::nothing}},
            .run = [](Context& context, const Values& values) {
                with_components(context, [&](const Settings&, server::Components& parts) {
                    run(context, parts, values.text("username"), values.given("--set"));
                });
            }};
}

}  // namespace keyhold::cli
