// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace keyhold::store {

std::ostream& operator<<(std::ostream& out, const TestDatabase& database) { return out << database.name; }

StoreTest::StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "keyhold-store-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
}

StoreTest::~StoreTest() { std::filesystem::remove_all(folder_); }

Opened StoreTest::open(const std::string& url, DatabaseOptions options) {
    options.make = Make::what_is_missing;
    auto stores = open_stores(url, options);
    if (!stores) throw std::runtime_error(std::string(stores.error().detail()));
    return {std::move(*stores)};
}

Account account(const std::string& name, const std::string& id) {
    return {.id = id.empty() ? "id-of-" + name : id,
            .username = "Shown " + name,
            .name_key = name,
            .password_hash = "$2b$12$hash-of-" + name,
            .disabled = false,
            .created_at = Time(std::chrono::seconds(1'700'000'000))};
}

DeviceCode device_code(const std::string& digest, const std::string& user_code, const std::string& client_id) {
    return {.digest = digest,
            .user_code_digest = user_code,
            .client_id = client_id,
            .scope = "openid",
            .state = DeviceState::waiting,
            .account_id = {},
            .authenticated_at = {},
            .expires_at = now + std::chrono::seconds(600),
            .interval = 5,
            .asked_at = {},
            .used_at = {},
            .session_id = {}};
}

Session session(const std::string& id, const std::string& account_id) {
    return {.id = id,
            .account_id = account_id,
            .device = "curl/8",
            .address = "192.0.2.7",
            .created_at = now,
            .last_used_at = now,
            .ends_at = now + std::chrono::seconds(100),
            .ended = {},
            .end_reason = {},
            .refresh_digest = "digest-0",
            .family_key = "family",
            .rotations = ""};
}

Process::Process(const std::function<void(Process&)>& work) {
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0) throw std::runtime_error("no pipe");
    id_ = fork();
    if (id_ < 0) throw std::runtime_error("no process");
    const bool is_child = id_ == 0;
    in_ = is_child ? there[0] : back[0];
    out_ = is_child ? back[1] : there[1];
    close(is_child ? there[1] : there[0]);
    close(is_child ? back[0] : back[1]);
    if (!is_child) return;
    try {
        work(*this);
        _exit(0);
    } catch (const std::exception& error) {
        std::cerr << "in the other process: " << error.what() << std::endl;
    }
    _exit(1);
}

Process::~Process() {
    if (id_ > 0) {
        kill();
        wait();
    }
    close(in_);
    close(out_);
}

void Process::say(const std::string& line) {
    const std::string with_end = line + "\n";
    if (write(out_, with_end.data(), with_end.size()) != static_cast<ssize_t>(with_end.size()))
        throw std::runtime_error("the other process does not listen");
}

std::string Process::hear() {
    std::string line;
    for (char c = 0; read(in_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
}

void Process::kill() { ::kill(id_, SIGKILL); }

int Process::wait() {
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace keyhold::store
