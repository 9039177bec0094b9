// SPDX-License-Identifier: Apache-2.0
// RFC 6749 §5.2: what an OAuth client reads when it is refused.
#include "oauth/refusal.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "base/json.hpp"
#include "domain/errors.hpp"
#include "http/errors.hpp"
#include "store/errors.hpp"

namespace keyhold::oauth {
namespace {

class RefusalTest : public testing::Test {
protected:
    const http::Response& refused(const Error& error, bool by_basic = false) {
        const http::Field field{"Authorization", "Basic eDp5"};
        http::Request request;
        if (by_basic) request.fields = {&field, 1};
        response.clear();
        response.add_field("Set-Cookie", "of=a handler that was refused");
        refuse(response, error, request);
        return response;
    }
    bool has(std::string_view line) const { return response.fields().find(line) != std::string_view::npos; }

    http::Response response;
};

struct Row {
    Errc errc;
    int status;
    std::string_view error;
};

// The status is the RFC's 400 but for what is HTTP's own (RFC 9110 §15) and for "temporarily".
TEST_F(RefusalTest, each_error_has_the_status_and_the_word_of_the_standard) {
    const Row rows[] = {
        {errors::validation_failed, 400, "invalid_request"},
        {errors::credentials_in_query, 400, "invalid_request"},
        {errors::invalid_credentials, 400, "invalid_grant"},
        {errors::refresh_token_invalid, 400, "invalid_grant"},
        {errors::invalid_client, 400, "invalid_client"},
        {errors::unsupported_grant_type, 400, "unsupported_grant_type"},
        {errors::cross_site, 403, "invalid_request"},
        {errors::not_found, 404, "invalid_request"},
        {errors::method_not_allowed, 405, "invalid_request"},
        {errors::body_too_large, 400, "invalid_request"},
        {errors::unsupported_media_type, 400, "invalid_request"},
        {errors::too_many_attempts, 429, "temporarily_unavailable"},
        {errors::internal, 500, "server_error"},
        {errors::overloaded, 503, "temporarily_unavailable"},
        {errors::store_unavailable, 503, "temporarily_unavailable"},
    };
    for (const Row& row : rows) {
        refused(row.errc);
        EXPECT_EQ(response.status, row.status) << row.error;
        EXPECT_EQ(response.media_type, "application/json");
        EXPECT_TRUE(response.body.starts_with("{\"error\":\"" + std::string(row.error) + "\",\"error_description\":\""))
            << response.body;
        EXPECT_TRUE(has("Cache-Control: no-store\r\n") && has("Pragma: no-cache\r\n"));
        EXPECT_FALSE(has("Set-Cookie")) << "nothing is left of what was begun";
        EXPECT_FALSE(has("WWW-Authenticate"));
        EXPECT_EQ(has("Retry-After: 1\r\n"), row.status == 503);
    }
}

TEST_F(RefusalTest, a_client_that_tried_http_basic_is_answered_401_and_how_to_do_it) {
    EXPECT_EQ(refused(errors::invalid_client, true).status, 401);
    EXPECT_TRUE(has("WWW-Authenticate: Basic realm=\"keyhold\"\r\n"));
    EXPECT_EQ(refused(errors::invalid_credentials, true).status, 400);
    EXPECT_FALSE(has("WWW-Authenticate"));
}

// RFC 7662 §2.3.
TEST_F(RefusalTest, introspection_answers_401_to_whoever_has_not_authenticated) {
    refuse_introspection(response, errors::invalid_client, {});
    EXPECT_EQ(response.status, 401);
    EXPECT_TRUE(has("WWW-Authenticate: Basic"));
    refuse_introspection(response, errors::validation_failed, {});
    EXPECT_EQ(response.status, 400);
}

TEST_F(RefusalTest, says_when_another_try_is_worth_it) {
    refused(Error(errors::too_many_attempts, Quota{"account", 10, std::chrono::hours(24), std::chrono::seconds(30)}));
    EXPECT_TRUE(has("Retry-After: 30\r\n") && has("RateLimit: \"account\";r=0;t=30\r\n"));
    refused(Error(errors::overloaded, std::chrono::seconds(7)));
    EXPECT_TRUE(has("Retry-After: 7\r\n"));
}

TEST_F(RefusalTest, describes_this_error_in_the_characters_that_are_allowed) {
    refused(Error(errors::validation_failed,
                  std::vector{FieldError{"missing", {"body", "username"}, "Field required", {}}}));
    EXPECT_EQ(response.body, R"({"error":"invalid_request","error_description":"username: Field required"})");
    refused(Error(errors::validation_failed, "say \"it\" \\ in \xc3\xa9\n"));
    EXPECT_EQ(response.body, R"({"error":"invalid_request","error_description":"say 'it' ? in ???"})");
    // %x20-21 / %x23-5B / %x5D-7E
    const std::regex allowed("[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e]+");
    for (const Errc why : std::initializer_list<Errc>{errors::expectation_failed, errors::unsupported_grant_type,
                                                      errors::refresh_token_invalid}) {
        json::Document document;
        const auto description = document.parse(refused(why).body)->find("error_description")->string();
        EXPECT_TRUE(std::regex_match(std::string(*description), allowed)) << *description;
    }
}

}  // namespace
}  // namespace keyhold::oauth
