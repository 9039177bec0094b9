// SPDX-License-Identifier: Apache-2.0
// Answers whose time is told in whole steps (http/connection/connection_wait.cpp): they wait without a thread.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "http/connection/connection.hpp"
#include "http/routes/dispatcher.hpp"
#include "keyhold/http/answers.hpp"
#include "one_thread.hpp"

namespace keyhold::http {
namespace {

using namespace std::chrono_literals;

int times(std::string_view text, std::string_view word) {
    int found = 0;
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
    return found;
}

class TimeStepsTest : public testing::Test {
protected:
    void ask() { EXPECT_TRUE(sent(client, "GET /secret HTTP/1.1\r\nHost: a\r\n\r\n")); }

    Routes only_secret() {
        Routes made;
        Route route;
        route.operation.method = Method::get;
        route.operation.path = "/secret";
        route.on = On::storing;
        route.handle = [this](const Request&, Response& response) {
            Respond<InTimeSteps<std::string>>::write(response, {"made", step});
        };
        made.add(std::move(route));
        return made;
    }

    std::chrono::milliseconds step = 1h;
    Routes routes = only_secret();
    Cors cors{{}};
    Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view what) { ADD_FAILURE() << what; }};
    OneThread one{ServerOptions(), dispatcher};
    Descriptor client = one.connect();
};

TEST_F(TimeStepsTest, an_answer_waits_for_the_end_of_its_step_and_is_sent_once) {
    ask();
    ask();
    one.turn();
    EXPECT_EQ(received(client), "");
    EXPECT_EQ(one.thread.late_answers.size(), 1U);
    step = 0ms;  // of the next one
    one.thread.late_answers.release();
    one.turn();
    const std::string both = received(client);
    EXPECT_EQ(times(both, "HTTP/1.1 200 OK"), 2) << both;
    EXPECT_EQ(times(both, "made"), 2) << both;
    EXPECT_EQ(one.thread.late_answers.size(), 0U);
}

TEST_F(TimeStepsTest, the_next_step_is_the_first_that_has_not_begun) {
    step = 1ms;
    ask();
    one.turn();
    while (one.thread.late_answers.size() > 0) one.turn_alone();
    EXPECT_TRUE(received(client).ends_with("made"));
}

TEST_F(TimeStepsTest, a_client_that_hangs_up_is_not_waited_for) {
    ask();
    one.turn();
    ::shutdown(client.get(), SHUT_RDWR);
    one.turn();
    EXPECT_EQ(one.thread.late_answers.size(), 0U);
}

TEST_F(TimeStepsTest, nothing_waits_while_the_server_stops) {
    one.thread.draining = true;
    ask();
    one.turn();
    EXPECT_TRUE(received(client).ends_with("made"));
}

}  // namespace
}  // namespace keyhold::http
