// SPDX-License-Identifier: Apache-2.0
// What tests of routes for those who are signed in begin with: a server without a socket, and somebody who asks it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "keyhold/testing.hpp"

namespace keyhold {

class SomebodySignedIn : public testing::Test {
protected:
    explicit SomebodySignedIn(const std::map<std::string, std::string>& settings = {})
        : server(program, settings), token(server.sign_in("alice")) {}

    TestReply get(std::string_view target) { return server.get(target, {{"Authorization", token}}); }
    TestReply post(std::string_view target, std::string_view body) { return send("POST", target, body); }
    TestReply send(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view seen = {}) {
        if (seen.empty()) return server.send(method, target, body, {{"Authorization", token}});
        return server.send(method, target, body, {{"Authorization", token}, {"If-Match", seen}});
    }
    std::string id_of(std::string_view username) { return program.users().find(username).value().id; }

    Server program;
    TestServer server;
    std::string token;  // alice's, with "Bearer " before it
};

// RFC 9457: what a refusal of the API is, whichever it is.
inline void expect_problem(const TestReply& reply, int status, std::string_view code) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(reply.member("code"), code);
    EXPECT_EQ(reply.member("status"), std::to_string(status));
    EXPECT_FALSE(reply.member("detail").empty());
}

}  // namespace keyhold
