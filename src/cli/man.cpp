// SPDX-License-Identifier: Apache-2.0
// keyhold man: the manual pages, for who makes packages. They are made from the commands and settings themselves.
#include <filesystem>
#include <ostream>

#include "base/integer.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/manual.hpp"
#include "server/files.hpp"
#include "server/version.hpp"

namespace keyhold::cli {
namespace {

// The day that stands on the pages: SOURCE_DATE_EPOCH makes them the same each time
// (https://reproducible-builds.org/specs/source-date-epoch/).
Time day_of(const Sources& sources) {
    for (const auto& [name, value] : sources.environment)
        if (name == "SOURCE_DATE_EPOCH")
            if (const auto seconds = parse_integer<std::int64_t>(value); seconds && *seconds >= 0)
                return Time(std::chrono::seconds(*seconds));
    return SystemClock().now();
}

// Writes every page into the folder and prints its name, so that a packager's script can install what was made.
void write_pages(Context& context, const Values& values) {
    const std::filesystem::path folder = values.text("folder");
    const std::string source =
        context.own_version.empty() ? "keyhold " + std::string(server::version) : context.own_version;
    for (const ManualPage& page : manual({*context.program, *context.sources.table, day_of(context.sources), source})) {
        if (auto written = server::write_public_file((folder / page.file()).string(), page.text); !written)
            return context.fail(Error(errors::internal, std::string(written.error().detail())));
        context.out << page.file() << '\n';
    }
}

}  // namespace

Command man_command() {
    return {.name = "man",
            .about = "Manual pages, from the commands and settings themselves, as files in a folder",
            .example = "keyhold man . && man ./keyhold.1",
            .parameters = {{.name = "folder", .help = "Where they are written", .required = true}},
            .run = write_pages};
}

}  // namespace keyhold::cli
