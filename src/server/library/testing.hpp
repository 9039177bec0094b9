// SPDX-License-Identifier: Apache-2.0
// What tests of a server stand on: a clock to turn, a folder that goes, settings that cost little. keyhold/testing.hpp
// is made of it.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// A clock that stands still until it is told otherwise. Any thread.
class TestClock final : public Clock {
public:
    explicit TestClock(Time time) : time_(time) {}
    Time now() const override { return time_; }
    void set(Time time) { time_ = time; }
    void advance(std::chrono::seconds by) { time_ = now() + by; }

private:
    std::atomic<Time> time_;
};

// A folder for one test, in memory where the system has a file system there; it goes with this object.
class TestFolder {
public:
    TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder();
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// What a server of a test is started with, unless `changed` says otherwise: `keyhold dev` with an empty database and
// new keys in that folder, cheap passwords, one free port and no administrators. Nothing of the environment counts.
Result<Loaded> test_settings(const TestFolder& folder, const std::map<std::string, std::string>& changed = {},
                             const SettingsTablePtr& table = our_settings());

}  // namespace keyhold::server
