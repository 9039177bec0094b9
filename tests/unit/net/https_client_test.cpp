// SPDX-License-Identifier: Apache-2.0
#include "net/https_client.hpp"

#include <gtest/gtest.h>

namespace keyhold::net {
namespace {

// Nobody listens there: port 9 is that of the discard protocol (RFC 863), which no machine of today runs.
const Url nowhere = parse_url("http://127.0.0.1:9/", PlainHttp::on_this_machine).value();

std::string why_not(HttpsClient& client) {
    try {
        (void)client.get(nowhere);
        return "answered";
    } catch (const Unreachable& error) {
        return error.what();
    }
}

TEST(HttpsClient, once_stopped_it_asks_nobody_until_it_resumes) {
    HttpsClient client({});
    EXPECT_TRUE(why_not(client).starts_with(nowhere.text)) << "it tried";
    client.stop();
    EXPECT_EQ(why_not(client), "stopped");
    client.resume();
    EXPECT_TRUE(why_not(client).starts_with(nowhere.text));
}

}  // namespace
}  // namespace keyhold::net
