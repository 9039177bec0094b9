// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/python_settings.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "base/json.hpp"
#include "cli/tools/reader_text.hpp"

extern char** environ;

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;

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

// What the reader prints about a folder; empty if there is no Python or it failed. It gets its program by standard
// input, so that neither a file of ours nor one of the folder's is looked for: -I and -S keep Python from importing
// anything but its own library.
std::string run_reader(const std::string& folder) {
    Pipe program, answer;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, program.reading(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, answer.writing(), STDOUT_FILENO);
    std::array<std::string, 5> words{"python3", "-I", "-S", "-", folder};
    std::array<char*, 6> arguments{words[0].data(), words[1].data(), words[2].data(),
                                   words[3].data(), words[4].data(), nullptr};
    pid_t child = 0;
    const int failed = posix_spawnp(&child, "python3", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return {};
    program.close_reading();
    answer.close_writing();
    std::string_view rest = reader_text;
    auto* const before = std::signal(SIGPIPE, SIG_IGN);  // it may have gone
    while (!rest.empty()) {
        const ssize_t written = write(program.writing(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
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
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

std::string text_of(const json::Value& object, std::string_view name) {
    const auto member = object.find(name);
    return std::string(member ? member->string().value_or("") : "");
}

}  // namespace

std::string url_in_folder(std::string url, const std::string& folder) {
    const auto scheme_end = url.find("://");
    if (!url.starts_with("sqlite") || scheme_end == url.npos) return url;
    const std::string path = url.substr(std::min(url.size(), scheme_end + 4));
    if (path.empty() || path.front() == '/') return url;
    return "sqlite:///" + fs::absolute(fs::path(folder) / path).lexically_normal().string();
}

Result<PythonSettings> read_python_settings(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) return Error(errors::configuration, folder + " is no folder");
    PythonSettings settings;
    json::Document document;
    const std::string answer = run_reader(fs::absolute(folder).lexically_normal().string());
    const auto told = document.parse(answer);
    const auto found = told ? told->find("found") : std::nullopt;
    if (!found) {
        settings.not_found.push_back(
            "the files of " + folder +
            " were not read, as there is no python3 here that could: install it, or say --database-url and "
            "--secret-key-file");
        return settings;
    }
    constexpr std::array members{std::pair{"database_url", &PythonSettings::database_url},
                                 std::pair{"secret_key", &PythonSettings::secret_key},
                                 std::pair{"algorithm", &PythonSettings::algorithm},
                                 std::pair{"expire_minutes", &PythonSettings::expire_minutes},
                                 std::pair{"subject", &PythonSettings::subject},
                                 std::pair{"claims", &PythonSettings::claims}};
    for (const auto& [name, member] : members)
        if (const auto one = found->find(name))
            settings.*member = Found{Secret(text_of(*one, "value")), text_of(*one, "where")};
    if (const auto missing = told->find("not_found"))
        for (auto one = missing->first(); one; one = one->next())
            settings.not_found.push_back(text_of(*one, "where") + ": " + text_of(*one, "why"));
    return settings;
}

}  // namespace keyhold::cli
