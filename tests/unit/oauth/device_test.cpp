// SPDX-License-Identifier: Apache-2.0
// POST /oauth/device through the whole server, without a socket.
#include <gtest/gtest.h>

#include "domain/clients/authorizations.hpp"
#include "keyhold/testing.hpp"

namespace keyhold::oauth {
namespace {

// RFC 8707 §2: a device says for which API it wants its token before anybody is asked, as at /oauth/authorize.
TEST(DeviceEndpoint, begins_for_no_resource_that_tokens_are_not_for) {
    Server program;
    TestServer server{program, {{"issuer", "https://auth.example.com"}, {"oauth_registration", "open"}}};
    const auto tv = server.post("/oauth/clients", R"({"token_endpoint_auth_method": "none",
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "response_types": []})");
    ASSERT_EQ(tv.status, 201) << tv.body;
    const auto begin = [&](const std::string& more) {
        const auto reply = server.post("/oauth/device", "client_id=" + tv.member("client_id") + more,
                                       {{"Content-Type", "application/x-www-form-urlencoded"}});
        return std::to_string(reply.status) + reply.member("error");
    };
    const std::string ours = "&resource=https%3A%2F%2Fauth.example.com",
                      other = "&resource=https%3A%2F%2Fother.example";
    for (int i = 0; i < domain::strangers_at_once; ++i)
        for (const std::string& wrong : {other, ours + other, std::string("&resource=notes"), ours + "%23here"})
            ASSERT_EQ(begin(wrong), "400invalid_target") << wrong;
    // None of these was counted, and so none was stored.
    for (int i = 0; i < domain::strangers_at_once; ++i)
        ASSERT_EQ(begin(i % 2 == 0 ? "&resource=" + ours + ours + "%2F" : ""), "200") << i;
    EXPECT_EQ(begin(ours), "429temporarily_unavailable");
}

}  // namespace
}  // namespace keyhold::oauth
