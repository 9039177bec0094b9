// SPDX-License-Identifier: Apache-2.0
// A command of a program's own, beside those of Keyhold: `./notes purge --days 30`. It stands in the help, in the
// completion scripts and in the manual pages.
//
//   server.command({.name = "purge", .about = "Remove old notes", .example = "notes purge --days 30",
//                   .parameters = {{.name = "--days", .help = "Older than so many days", .takes =
//                   keyhold::Takes::number,
//                                   .otherwise = "90", .least = 1, .most = 3650}},
//                   .run = [&](keyhold::CommandLine& line) {
//                       line.out << notes.purge(line.number("--days")) << " notes removed\n";
//                       return 0;
//                   }});
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyhold/base/result.hpp"

namespace keyhold {

// What stands behind the name of a parameter.
enum class Takes : std::uint8_t {
    nothing,        // a flag that is there or not
    text,           // one word
    texts,          // one word or more
    number,         // an integer within the parameter's bounds
    existing_file,  // the path of a file that is there
};

// A flag, which begins with dashes ("--days"), or an argument, which does not ("username"). Every flag may be absent.
struct Parameter {
    std::string name;
    std::string help;
    Takes takes = Takes::text;
    bool required = false;
    std::string placeholder = {};  // of the value, in the help: "FILE"; empty: its kind
    std::string otherwise = {};    // the value if it is not given
    std::int64_t least = 0;        // of a number
    std::int64_t most = 0;
    std::vector<std::string> allowed = {};   // the only texts; empty: any
    std::vector<std::string> excludes = {};  // flags that cannot be given beside this one
    std::string answer = {};                 // printed instead of running anything, as --version is
    std::string heading = {};                // of the flags of the program: under which the help lists it

    bool is_flag() const { return name.starts_with('-'); }
};

// What was given on the command line for each parameter of one command, by its name. Each look-up throws
// std::logic_error for a name that the command does not have, which would pass for one that was not given.
class Values {
public:
    struct Value {
        bool given = false;
        std::string text;
        std::int64_t number = 0;
        std::vector<std::string> texts;
    };

    explicit Values(const std::vector<Parameter>& parameters);
    Values() = default;

    bool given(std::string_view name) const { return find(name).given; }
    const std::string& text(std::string_view name) const { return find(name).text; }
    std::int64_t number(std::string_view name) const { return find(name).number; }
    const std::vector<std::string>& texts(std::string_view name) const { return find(name).texts; }

    // Where the parser puts it; stays at its place while the Values live, also when they are moved.
    Value& at(std::string_view name);

private:
    const Value& find(std::string_view name) const;
    std::map<std::string, Value, std::less<>> values_;
};

// What a command is run with. Results go to `out`, talk to `err`.
struct CommandLine {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool json = false;  // --json
    const Values& values;
    // Opens the program's server with the settings of the command line, as other commands do: it listens nowhere and
    // makes no database. users(), sessions() and database() are there from then on. Refused: configuration,
    // not_found.
    std::function<Result<>()> open;

    bool given(std::string_view name) const { return values.given(name); }
    const std::string& text(std::string_view name) const { return values.text(name); }
    std::int64_t number(std::string_view name) const { return values.number(name); }
    const std::vector<std::string>& texts(std::string_view name) const { return values.texts(name); }
};

struct Command {
    std::string name;     // one word: a-z, 0-9 and dashes
    std::string about;    // its first line says all in short
    std::string example;  // its help begins with it
    std::vector<Parameter> parameters = {};
    // Returns the exit code of the process, 0 to 8: docs/operations.md. What it throws is said, and ends with 1.
    std::function<int(CommandLine& line)> run;
};

}  // namespace keyhold
