// SPDX-License-Identifier: Apache-2.0
// Events as numbers and as lines of the log.
#include "server/jobs/event_follower.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "server/components.hpp"
#include "server/library/testing.hpp"
#include "server/server.hpp"

namespace keyhold::server {
namespace {

struct EventFollowerTest : testing::Test {
    EventFollowerTest() { events.seal(1000); }  // that a key was made for the server is an event, too
    // Something that happens, and its place in the chain.
    void make(std::string_view name) {
        if (!server->components().accounts.create(name, Secret(std::string_view("testpass"))))
            throw std::runtime_error("no account");
        events.seal(1000);
    }
    std::uint64_t registered() const {
        for (const store::EventKind& kind : store::event_kinds)
            if (kind.code == "registered") return counters.counted(kind);
        return 0;
    }
    TestFolder folder;
    std::vector<std::string> lines;
    Log log{LogFormat::json, [this](std::string_view line) { lines.emplace_back(line); }};
    std::unique_ptr<Server> server =
        Server::open({.mode = Mode::dev, .loaded = test_settings(folder, {}).value()}, log).value();
    store::EventStore events{server->components().stores.database};
    EventCounters counters;
};

TEST_F(EventFollowerTest, each_is_counted_once_from_the_start_on) {
    make("before");
    EventFollower follower(events, counters, nullptr);
    follower.follow();
    EXPECT_EQ(registered(), 0U);
    make("ann");
    make("bob");
    lines.clear();
    follower.follow();
    follower.follow();
    EXPECT_EQ(registered(), 2U);
    EXPECT_TRUE(lines.empty()) << "nobody asked for lines";
    make("cid");
    follower.follow();
    EXPECT_EQ(registered(), 3U);
}

TEST_F(EventFollowerTest, each_is_a_line_of_the_log_where_they_are_wanted) {
    EventFollower follower(events, counters, &log);
    follower.follow();
    lines.clear();
    make("ann");
    follower.follow();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines.front().find(R"("level":"info","message":"event","kind":"registered")"), std::string::npos);
    EXPECT_NE(lines.front().find(R"("account_id":")" + server->components().accounts.find("ann")->id + '"'),
              std::string::npos)
        << lines.front();
}

TEST_F(EventFollowerTest, a_kind_of_a_newer_server_is_passed_over) {
    counters.count("invented");
    for (const store::EventKind& kind : store::event_kinds) EXPECT_EQ(counters.counted(kind), 0U) << kind.code;
}

TEST(EventLine, says_nothing_that_is_erased_with_a_person) {
    const store::Event event{.id = "01",
                             .sequence = 7,
                             .kind = "refused",
                             .account_id = "a1",
                             .actor_id = {},
                             .door = "api",
                             .object = "one\ntwo",
                             .reason = {},
                             .times = 3,
                             .personal_digest = {},
                             .address = "192.0.2.1",
                             .device = "curl",
                             .note = "ann@example.com",
                             .salt = "salt",
                             .hash = {}};
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        std::string line;
        Log log(format, [&](std::string_view text) { line = text; });
        log.event(event);
        for (const char* word : {"192.0.2.1", "curl", "ann@example.com", "salt"})
            EXPECT_EQ(line.find(word), std::string::npos) << line;
        EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
        EXPECT_NE(line.find("refused"), std::string::npos);
        EXPECT_NE(line.find("a1"), std::string::npos);
    }
}

}  // namespace
}  // namespace keyhold::server
