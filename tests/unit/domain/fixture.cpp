// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <stdlib.h>

#include <cstdint>
#include <cstdio>

#include <stdexcept>

#include "store/sqlite/driver.hpp"

namespace keyhold::domain {

std::string FakeHasher::hash(std::string_view password) {
    ++computed;
    if (on_hash) on_hash();
    return "fake$" + std::string(password);
}

bool FakeHasher::verify(std::string_view password, std::string_view stored) {
    ++computed;
    if (on_verify) on_verify(password);
    return stored.size() >= 5 && stored.substr(5) == password;
}

void FakeHasher::verify_nothing(std::string_view, std::uint64_t draw) {
    ++computed;
    draws.push_back(draw);
}

std::optional<crypto::Work> FakeHasher::work_of(std::string_view stored) const {
    if (stored.starts_with("none$")) return std::nullopt;
    if (!stored.starts_with("$2b$")) return crypto::Work{};
    return crypto::Work{crypto::Work::Kind::bcrypt, {std::stoul(std::string(stored.substr(4, 2)))}};
}

bool FakeHasher::needs_rehash(std::string_view stored) const { return stored.starts_with("weak$"); }

void CountingRandom::fill(std::span<unsigned char> bytes) {
    for (unsigned char& byte : bytes) {
        std::uint64_t mixed = ++next_ * 0x9E3779B97F4A7C15;  // as SplitMix64 does it
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
        byte = static_cast<unsigned char>(mixed >> 56);
    }
}

std::string id_of(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-7000-8000-%012llx",
                  static_cast<unsigned long long>(hash & 0xffffffffffff));
    return text;
}

DomainTest::DomainTest() {
    std::string name = (std::filesystem::temp_directory_path() / "keyhold-domain-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
    url = "sqlite:///" + name + "/keyhold.db";
    stores =
        store::open_stores(
            url, {.patience = std::chrono::milliseconds(50), .make = store::Make::what_is_missing, .clock = &clock})
            .value();
    store = stores.accounts.get();
}

DomainTest::~DomainTest() { std::filesystem::remove_all(folder_); }

void DomainTest::put(const std::string& name, const std::string& hash) {
    const store::Account account{.id = id_of(name),
                                 .username = name,
                                 .name_key = name,
                                 .password_hash = hash,
                                 .disabled = false,
                                 .created_at = clock.now()};
    if (!store->create(account).ok()) throw std::runtime_error("the name is taken");
}

std::shared_ptr<void> DomainTest::lock_database() const {
    std::shared_ptr<store::Link> link =
        store::sqlite::connect((folder_ / "keyhold.db").string(), std::chrono::milliseconds(50));
    link->execute("BEGIN IMMEDIATE");
    return link;
}

}  // namespace keyhold::domain
