// SPDX-License-Identifier: Apache-2.0
// Requests that wait until something happens (http/connection/connection_wait.cpp): whatever ends the waiting, and
// however often, one thread works on the request, and one answer is sent.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>

#include "http/connection/connection.hpp"
#include "http/routes/dispatcher.hpp"
#include "one_thread.hpp"

namespace keyhold::http {
namespace {

using namespace std::chrono_literals;

class LongPollTest : public testing::Test {
protected:
    LongPollTest() {
        EXPECT_TRUE(sent(client, "GET /news HTTP/1.1\r\nHost: a\r\n\r\n"));
        one.turn();
        EXPECT_EQ(list.size(), 1U) << "it waits";
    }

    Routes only_news() {
        Routes made;
        Route route;
        route.operation.method = Method::get;
        route.operation.path = "/news";
        route.on = On::storing;
        route.handle = [this](const Request&, Response& response) {
            if (++looks > 1) go_on.wait();
            list.wait(list.moment(), 1h);
            response.body = "nothing new";
        };
        made.add(std::move(route));
        return made;
    }

    // As the loop does when the server is drained: whoever waits is told that there is nothing.
    void drain() {
        one.thread.draining = true;
        one.thread.late_answers.release();
    }

    std::string answer_in_the_end() {
        one.turn_alone();  // what was posted comes while a thread works on the request
        go_on.count_down();
        one.turn();
        return received(client);
    }

    std::atomic<int> looks = 0;
    std::latch go_on{1};  // what the second look waits for
    WaitList list;
    Routes routes = only_news();  // counters are made for those that there are
    Cors cors{{}};
    Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view what) { ADD_FAILURE() << what; }};
    OneThread one{ServerOptions(), dispatcher};
    Descriptor client = one.connect();
};

TEST_F(LongPollTest, who_is_woken_looks_again_and_waits_again) {
    list.wake();
    EXPECT_EQ(answer_in_the_end(), "");
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(list.size(), 1U);
}

TEST_F(LongPollTest, who_waits_when_the_server_is_drained_is_told_that_there_is_nothing) {
    drain();
    EXPECT_TRUE(answer_in_the_end().ends_with("nothing new"));
    EXPECT_EQ(looks, 2);
}

TEST_F(LongPollTest, who_is_woken_when_the_time_for_waiting_is_over_looks_once) {
    list.wake();  // the news is on its way to the thread of the connection
    drain();
    EXPECT_TRUE(answer_in_the_end().ends_with("nothing new"));
    EXPECT_EQ(looks, 2) << "two threads would write one answer";
}

TEST_F(LongPollTest, who_was_woken_is_not_looked_at_again_when_the_time_for_waiting_is_over) {
    list.wake();
    one.turn_alone();
    drain();
    EXPECT_TRUE(answer_in_the_end().ends_with("nothing new"));
}

}  // namespace
}  // namespace keyhold::http
