// SPDX-License-Identifier: Apache-2.0
// Runs a Python program (cli/adoption/reader) over an application's folder and reads its answer. The files of the
// application are parsed there and never executed, because they are code that we know nothing of.
#include "cli/adoption/python_settings.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/json.hpp"
#include "cli/adoption/reader_text.hpp"

extern char** environ;

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;

// Close-on-exec, so that the child has only the ends that are made its standard streams.
class Pipe {
public:
    Pipe() {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    }
    ~Pipe() {
        close_reading();
        close_writing();
    }
    Pipe(const Pipe&) = delete;
    int reading() const { return ends_[0]; }
    int writing() const { return ends_[1]; }
    void close_reading() { shut(ends_[0]); }
    void close_writing() { shut(ends_[1]); }

private:
    static void shut(int& end) {
        if (end >= 0) close(end);
        end = -1;
    }
    std::array<int, 2> ends_{-1, -1};
};

struct ReaderAnswer {
    bool has_python = false;
    std::string text;  // JSON; empty if there is no Python, or it failed
};

// What the reader prints about a folder, for these words behind it. It gets its program by standard input, so that
// neither a file of ours nor one of the folder's is looked for: -I and -S keep Python from importing anything but its
// own library.
ReaderAnswer run_reader(const std::string& folder, const std::vector<std::string>& more = {}) {
    Pipe program, answer;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, program.reading(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, answer.writing(), STDOUT_FILENO);
    std::vector<std::string> words{"python3", "-I", "-S", "-", folder};
    words.insert(words.end(), more.begin(), more.end());
    // posix_spawnp(3) takes pointers and ends at a null pointer.
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    // With this process's environment, in which the path of python3 is.
    const int failed = posix_spawnp(&child, "python3", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return {};
    // Our copies of the child's ends: otherwise the end of a stream would never be seen.
    program.close_reading();
    answer.close_writing();
    auto* const before = std::signal(SIGPIPE, SIG_IGN);  // it may have gone
    for (std::string_view rest : reader_texts)
        while (!rest.empty()) {
            const ssize_t written = ::write(program.writing(), rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    // The end of its input: Python begins to run the program now.
    program.close_writing();
    std::signal(SIGPIPE, before);
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t size = read(answer.reading(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    // A reader that failed half-way may have printed a part, which is not used.
    const bool went_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return {.has_python = true, .text = went_well ? std::move(text) : std::string()};
}

// Why nothing was read.
std::string why_unread(const std::string& folder, const ReaderAnswer& answer) {
    return "the files of " + folder + " were not read, as " +
           (answer.has_python ? "the reader failed, which is a fault of Keyhold's: please report what it said above"
                              : "there is no python3 here that could: install it");
}

// Empty for a member that is missing or is no string.
std::string text_of(const json::Value& object, std::string_view name) {
    const auto member = object.find(name);
    return std::string(member ? member->string().value_or("") : "");
}

ModelDefault read_default(const json::Value& told) {
    using enum ModelDefault::Kind;
    constexpr std::array kinds{std::pair{"text", text}, std::pair{"number", number}, std::pair{"yes_or_no", yes_or_no},
                               std::pair{"time", time}, std::pair{"uuid", uuid},     std::pair{"json", json}};
    const std::string said = text_of(told, "kind");
    const auto* const kind = std::ranges::find_if(kinds, [&](const auto& row) { return row.first == said; });
    return {text_of(told, "table"), text_of(told, "column"), kind != kinds.end() ? kind->second : unknown,
            text_of(told, "value"), text_of(told, "where"),  text_of(told, "doubt")};
}

// Why the reader reads nothing of the folder: a file of it says more than anybody means. Empty if it does.
std::optional<Error> refusal_in(const std::optional<json::Value>& told) {
    const auto refused = told ? told->find("refused") : std::nullopt;
    if (!refused) return std::nullopt;
    return Error(errors::configuration, std::string(refused->string().value_or("")));
}

}  // namespace

// SQLAlchemy reads a relative path from the directory that the application is started in, which is taken to be its
// folder.
std::string url_in_folder(std::string url, const std::string& folder) {
    const auto scheme_end = url.find("://");
    if (!url.starts_with("sqlite") || scheme_end == url.npos) return url;
    // sqlite:///relative has three slashes, sqlite:////absolute four.
    const std::string path = url.substr(std::min(url.size(), scheme_end + 4));
    if (path.empty() || path.front() == '/') return url;
    return "sqlite:///" + fs::absolute(fs::path(folder) / path).lexically_normal().string();
}

// Without Python this is no error: the reason is put into `not_found`, and the operator can give the settings as flags.
Result<PythonSettings> read_python_settings(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) return Error(errors::configuration, folder + " is no folder");
    PythonSettings settings;
    json::Document document;
    const ReaderAnswer answer = run_reader(fs::absolute(folder).lexically_normal().string());
    const auto told = document.parse(answer.text);
    if (auto refused = refusal_in(told)) return std::move(*refused);
    const auto found = told ? told->find("found") : std::nullopt;
    if (!found) {
        settings.not_found.push_back(why_unread(folder, answer) + ", or say --database-url and --secret-key-file");
        return settings;
    }
    // The names are those of the reader's JSON.
    constexpr std::array members{std::pair{"database_url", &PythonSettings::database_url},
                                 std::pair{"secret_key", &PythonSettings::secret_key},
                                 std::pair{"algorithm", &PythonSettings::algorithm},
                                 std::pair{"expire_minutes", &PythonSettings::expire_minutes},
                                 std::pair{"secret_name", &PythonSettings::secret_name},
                                 std::pair{"no_tokens", &PythonSettings::no_tokens},
                                 std::pair{"table", &PythonSettings::table},
                                 std::pair{"other_database", &PythonSettings::other_database},
                                 std::pair{"subject", &PythonSettings::subject},
                                 std::pair{"claims", &PythonSettings::claims},
                                 std::pair{"token_claims", &PythonSettings::token_claims},
                                 std::pair{"old_tokens", &PythonSettings::old_tokens}};
    for (const auto& [name, member] : members)
        if (const auto one = found->find(name))
            settings.*member = Found{Secret(text_of(*one, "value")), text_of(*one, "where")};
    if (const auto missing = told->find("not_found"))
        for (auto one = missing->first(); one; one = one->next())
            settings.not_found.push_back(text_of(*one, "where") + ": " + text_of(*one, "why"));
    if (const auto files = told->find("looked_at"))
        for (auto one = files->first(); one; one = one->next())
            settings.looked_at.emplace_back(one->string().value_or(""));
    if (const auto defaults = told->find("defaults"))
        for (auto one = defaults->first(); one; one = one->next()) settings.defaults.push_back(read_default(*one));
    if (const auto guesses = told->find("guesses"))
        for (auto one = guesses->first(); one; one = one->next())
            settings.guesses.push_back({text_of(*one, "what"), text_of(*one, "says") + "."});
    return settings;
}

// Here Python is needed, as there is nothing else to look at. Refused: configuration.
Result<Diagnosis> read_dangers(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) return Error(errors::configuration, folder + " is no folder");
    json::Document document;
    const ReaderAnswer answer = run_reader(fs::absolute(folder).lexically_normal().string(), {"doctor"});
    const auto told = document.parse(answer.text);
    if (auto refused = refusal_in(told)) return std::move(*refused);
    const auto findings = told ? told->find("findings") : std::nullopt;
    if (!findings) return Error(errors::configuration, why_unread(folder, answer));
    Diagnosis diagnosis;
    for (auto one = findings->first(); one; one = one->next())
        diagnosis.findings.push_back(
            {text_of(*one, "rule"), text_of(*one, "where"), text_of(*one, "says"), text_of(*one, "do")});
    if (const auto key = told->find("key"); key && key->find("value"))
        diagnosis.key = Found{Secret(text_of(*key, "value")), text_of(*key, "where")};
    if (const auto unread = told->find("not_read"))
        for (auto one = unread->first(); one; one = one->next())
            diagnosis.not_read.push_back(text_of(*one, "where") + ": " + text_of(*one, "why"));
    if (const auto files = told->find("files"))
        diagnosis.files = static_cast<std::int64_t>(files->number().value_or(0));
    return diagnosis;
}

}  // namespace keyhold::cli
