// SPDX-License-Identifier: Apache-2.0
// Telling clients that a session is over, while the server stops: a try that our own stop has ended is none.
#include "server/jobs/back_channel.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>

#include "base/descriptor.hpp"
#include "domain/keys/id_tokens.hpp"
#include "server/library/testing.hpp"
#include "server/signing_keys.hpp"
#include "store/database/database.hpp"

namespace keyhold::server {
namespace {

// A client that listens, and whose answer never comes.
class SilentClient {
public:
    SilentClient() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
            ::listen(socket_.get(), 1) != 0 ||
            ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("cannot listen");
        url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/logout";
    }
    Descriptor accept() const { return Descriptor(::accept(socket_.get(), nullptr, nullptr)); }

    std::string url;

private:
    Descriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

class BackChannelTest : public testing::Test {
protected:
    BackChannelTest() {
        domain::ClientWish wiki;
        wiki.id = "wiki";
        wiki.redirect_uris = {"https://wiki.example/cb"};
        wiki.backchannel_logout_uri = client.url;
        EXPECT_TRUE(components->registered_clients.add(wiki).ok());
        wiki.id = "shop";
        EXPECT_TRUE(components->registered_clients.add(wiki).ok());
        note("s1", "wiki");
    }
    void note(const std::string& session_id, const std::string& client_id) {
        constexpr static store::Query<
            "INSERT INTO keyhold_logout_notices (session_id, client_id, account_id, due_at, attempts) VALUES (:a, :b, "
            "'a1', 0, 0)",
            "tt">
            insert;
        components->stores.database->write(
            [&](store::Connection& connection) { return connection.run(insert, session_id, client_id); });
    }
    std::optional<store::LogoutNotice> next() {
        const Time now = components->clock.now();
        return components->stores.logouts->lease(whose, now, now + std::chrono::seconds(30));
    }
    bool tell_next() { return back_channel.tell_next(whose); }

    static constexpr auto whose = store::ClientsOf::the_operator;

    SilentClient client;
    TestFolder folder;
    const Loaded loaded = test_settings(folder, {}).value();
    TestClock clock{Time{std::chrono::seconds(1'800'000'000)}};
    std::unique_ptr<Components> components = Components::open(loaded.settings, 4, [](std::string_view) {},
                                                              {.make = store::Make::what_is_missing, .clock = &clock})
                                                 .value();
    SigningKeys keys = open_signing_keys(
                           loaded.settings, components->stores, components->clock, components->random,
                           [](std::string_view) {}, store::Make::what_is_missing)
                           .value();
    domain::IdTokens id_tokens{*keys.keys, keys.rings_of_id_tokens(), components->clock, "https://keyhold.test",
                               std::chrono::minutes(5)};
    oauth::Settings settings;
    std::string said;
    BackChannel back_channel{*components, id_tokens, settings, [this](std::string_view text) { said += text; }};
};

TEST_F(BackChannelTest, once_stopped_it_takes_no_notice) {
    back_channel.stop();
    EXPECT_FALSE(tell_next());
    const auto notice = next();
    ASSERT_TRUE(notice);
    EXPECT_EQ(notice->attempts, 1);
}

TEST_F(BackChannelTest, what_was_not_told_because_it_was_stopped_is_due_and_does_not_count) {
    auto telling = std::async(std::launch::async, [&] { return tell_next(); });
    const Descriptor asked = client.accept();
    back_channel.stop();
    EXPECT_FALSE(telling.get());
    const auto notice = next();
    ASSERT_TRUE(notice) << "it is due for the next server";
    EXPECT_EQ(notice->attempts, 1);
    EXPECT_EQ(said, "") << "there is nothing for an operator to mend";
}

TEST_F(BackChannelTest, a_client_that_hangs_up_is_told_later_and_that_counts) {
    auto telling = std::async(std::launch::async, [&] { return tell_next(); });
    { const Descriptor asked = client.accept(); }
    EXPECT_TRUE(telling.get());
    EXPECT_FALSE(next()) << "not at once";
    EXPECT_NE(said, "");
}

TEST_F(BackChannelTest, a_client_that_cannot_be_reached_is_not_waited_for_once_for_each_of_its_sessions) {
    note("s2", "wiki");
    note("t1", "shop");
    auto telling = std::async(std::launch::async, [&] { return tell_next(); });
    { const Descriptor asked = client.accept(); }
    EXPECT_TRUE(telling.get());
    const auto notice = next();
    ASSERT_TRUE(notice);
    EXPECT_EQ(notice->session_id, "t1") << "s2 is the same client's, and waits as s1 does";
    EXPECT_FALSE(next());
}

TEST_F(BackChannelTest, strangers_clients_keep_one_thread_waiting_and_no_other) {
    EXPECT_EQ(std::ranges::count(BackChannel::threads, store::ClientsOf::strangers), 1);
    EXPECT_FALSE(back_channel.tell_next(store::ClientsOf::strangers)) << "s1 is a client's of the operator";
    EXPECT_TRUE(next());
}

}  // namespace
}  // namespace keyhold::server
