// SPDX-License-Identifier: Apache-2.0
// keyhold doctor: what is dangerous in an application, with file and line, and what to do. Never writes.
#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/json.hpp"
#include "cli/adoption/python_settings.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "domain/passwords/secret_strength.hpp"

namespace keyhold::cli {
namespace {

// Where a finding is. JSON has the two apart, so that editors can jump there.
struct SourceLine {
    std::string file;
    std::int64_t line = 0;
};
// "app/config.py:12"
SourceLine parse_source_line(const std::string& where) {
    const auto colon = where.rfind(':');
    SourceLine source{where.substr(0, colon)};
    // Line 0 where the text names none.
    if (colon != where.npos) std::from_chars(where.data() + colon + 1, where.data() + where.size(), source.line);
    return source;
}

// What a server of ours says of the key: that it is easy to guess, or printed in a tutorial.
void look_at_key(Diagnosis& diagnosis) {
    if (!diagnosis.key) return;
    const std::string problem = domain::weakness_of_secret(diagnosis.key->value, domain::signing_secret_bits);
    if (problem.empty()) return;
    const auto is_there = [&](const Danger& one) { return one.where == diagnosis.key->where; };
    const auto beside = std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(), is_there);
    // Behind what is said of the same line, so that both stand together.
    diagnosis.findings.insert(beside != diagnosis.findings.end() ? beside + 1 : diagnosis.findings.begin(),
                              {"weak-key", diagnosis.key->where, "The key that signs tokens " + problem,
                               "take a new one, as of `openssl rand -hex 32`: everybody logs in once more"});
}

// The names are public: they stand in docs and scripts read them.
void print_json(Context& context, const Diagnosis& diagnosis) {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.name("findings");
    out.begin_array();
    for (const Danger& one : diagnosis.findings) {
        const SourceLine source = parse_source_line(one.where);
        out.begin_object();
        out.member("rule", one.rule);
        out.member("file", source.file);
        out.member("line", source.line);
        out.member("says", one.says);
        out.member("do", one.remedy);
        out.end_object();
    }
    out.end_array();
    out.name("not_read");
    out.begin_array();
    for (const std::string& one : diagnosis.not_read) out.value(one);
    out.end_array();
    out.member("files", diagnosis.files);
    out.end_object();
    context.out << line << '\n';
}

// Exit code problems_found if anything was found. Files that cannot be read are told, and do not count as good.
void examine(Context& context, const Values& values) {
    auto diagnosis = read_dangers(values.text("folder"));
    if (!diagnosis) return context.fail(diagnosis.error());
    look_at_key(*diagnosis);
    if (!diagnosis->findings.empty()) context.exit = Exit::problems_found;
    if (context.json) return print_json(context, *diagnosis);
    for (const Danger& one : diagnosis->findings)
        context.out << one.where << "  " << one.says << "\n    Do: " << one.remedy << '\n';
    for (const std::string& one : diagnosis->not_read) context.err << "Not read: " << one << '\n';
    if (diagnosis->findings.empty())
        context.err << diagnosis->files << (diagnosis->files == 1 ? " file" : " files")
                    << " of Python were read, and nothing dangerous was found in them.\n";
}

}  // namespace

Command doctor_command() {
    return {.name = "doctor",
            .about =
                "Say what is dangerous in an application, with file and line, and what to do.\nReads its Python "
                "files, .env and scripts of its pages, runs none of them and never writes. Exit code 8 if "
                "anything was found. A rule says nothing where the texts alone do not tell.",
            .example = "keyhold doctor ./my-app",
            .parameters = {{.name = "folder", .help = "The application's folder", .required = true}},
            .run = examine};
}

}  // namespace keyhold::cli
