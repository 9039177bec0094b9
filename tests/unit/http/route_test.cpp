// SPDX-License-Identifier: Apache-2.0
// Routes are declared once; what they do with good and bad requests, and what the document says of them.
#include "http/route.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/exceptions.hpp"
#include "base/waiting.hpp"
#include "domain/errors.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"

namespace keyhold::http {
namespace {

struct Counter {
    int value = 41;
};

struct Name {
    static constexpr std::string_view schema_name = "Name";
    static constexpr Notation notation = Notation::json_or_form;
    static constexpr std::string_view example = R"({"name": "x"})";
    std::string name;
    std::optional<std::int64_t> times;
};
KEYHOLD_FIELDS(Name, (name), (times))

struct Reply {
    static constexpr std::string_view schema_name = "Reply";
    std::string said;
    std::int64_t count;
    std::optional<std::string> left_out;
};
KEYHOLD_FIELDS(Reply, (said), (count), (left_out))

Result<Reply> greet(const Name& name, Counter& counter) {
    if (name.name == "nobody") return errors::account_not_found;
    if (name.name == "bug") throw std::runtime_error("a bug");
    if (name.name == "down") throw Unavailable("the database is down");
    if (name.name == "miss") about_to_wait();
    return Reply{"hello \"" + name.name + "\"", ++counter.value, {}};
}

Result<Reply> look_at(const Path<"id">& id) { return Reply{*id, 1, {}}; }

class RouteTest : public testing::Test {
protected:
    RouteTest() {
        services.provide(counter);
        Mount mount(routes, services);
        mount.add(Method::post, "/greet", {.summary = "Greet", .tag = "t", .refusals = {errors::account_not_found}},
                  greet);
    }

    const Response& send(std::string_view body, std::string_view content_type, std::string_view query = "") {
        fields = {Field{"Content-Type", content_type}};
        Request request;
        request.method = Method::post;
        request.path = "/greet";
        request.query = query;
        request.body = body;
        request.fields = fields;
        request.request_id = "r1";
        return send(request);
    }

    const Response& send(Request request) {
        response.clear();
        if (const Route* route = dispatcher.find(request, response)) dispatcher.run(*route, request, response);
        return response;
    }

    Counter counter;
    Services services;
    Routes routes;
    Cors cors{{"https://app.example", "http://localhost:*"}};
    std::string broken;
    Dispatcher dispatcher{routes, cors, [this](std::string_view, std::string_view what) { broken = what; }};
    std::vector<Field> fields;
    Response response;
};

TEST(Cors, lets_exactly_the_listed_pages_of_its_own_site_use_cookies) {
    const Cors cors{{"*"}, {"https://app.example.com"}};
    const auto may = [&](std::vector<Field> fields) {
        Request request;
        request.fields = fields;
        return cors.may_use_cookies(request);
    };
    constexpr std::string_view listed = "https://app.example.com";
    EXPECT_TRUE(may({{"Origin", listed}, {"Sec-Fetch-Site", "same-site"}}));
    EXPECT_TRUE(may({{"Origin", listed}})) << "over plain HTTP browsers say no Sec-Fetch-Site";
    EXPECT_FALSE(may({}));
    EXPECT_FALSE(may({{"Sec-Fetch-Site", "same-site"}}));
    for (const std::string_view site : {"cross-site", "none", ""})
        EXPECT_FALSE(may({{"Origin", listed}, {"Sec-Fetch-Site", site}})) << site;
    for (const std::string_view origin : {"https://blog.example.com", "http://app.example.com", "null",
                                          "https://app.example.com:8443", "https://app.example.com.evil.example"})
        EXPECT_FALSE(may({{"Origin", origin}, {"Sec-Fetch-Site", "same-site"}})) << origin;
    EXPECT_FALSE(may({{"Origin", listed}, {"Origin", listed}}));
    EXPECT_FALSE(may({{"Origin", listed}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "cross-site"}}));
    const std::vector<Field> fields{{"Origin", listed}};
    Request request;
    request.fields = fields;
    EXPECT_FALSE(Cors{{"*"}}.may_use_cookies(request)) << "cors_origins is not about cookies";
}

TEST_F(RouteTest, takes_json_and_answers_json) {
    EXPECT_EQ(send(R"({"name":"ann"})", "application/json").body, R"({"said":"hello \"ann\"","count":42})");
    EXPECT_EQ(response.status, 200);
}

TEST_F(RouteTest, says_that_a_handler_would_have_to_wait_and_leaves_no_trace) {
    Request request;
    request.method = Method::post;
    request.path = "/greet";
    request.body = R"({"name":"miss"})";
    fields = {Field{"Content-Type", "application/json"}};
    request.fields = fields;
    const Route* const route = dispatcher.find(request, response);
    using Wait = Dispatcher::Wait;
    EXPECT_EQ(dispatcher.run(*route, request, response, Wait::never), Dispatcher::Ran::must_wait);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(broken, "");
    EXPECT_EQ(counter.value, 41);
    EXPECT_EQ(dispatcher.run(*route, request, response, Wait::allowed), Dispatcher::Ran::to_the_end);
    EXPECT_EQ(response.body, R"({"said":"hello \"miss\"","count":42})");
}

TEST_F(RouteTest, takes_a_form_with_plus_and_percent) {
    EXPECT_EQ(send("name=a+b%2B&x=1", "application/x-www-form-urlencoded; charset=UTF-8").body,
              R"({"said":"hello \"a b+\"","count":42})");
}

struct BadBody {
    const char* body;
    const char* type;
    int status;
    const char* part;  // of the answer
};

TEST_F(RouteTest, names_every_field_that_is_wrong) {
    const BadBody cases[] = {
        {"{}", "application/json", 422,
         R"("errors":[{"type":"missing","loc":["body","name"],"msg":"Field required"}])"},
        {R"({"name":5,"times":"x"})", "application/json", 422, R"("type":"string_type","loc":["body","name"])"},
        {R"({"name":5,"times":"x"})", "application/json", 422, R"("type":"int_type","loc":["body","times"])"},
        {R"({"name":null})", "application/json", 422, R"("type":"string_type","loc":["body","name"])"},
        {R"({"name":"a","name":"b"})", "application/json", 422, R"("type":"json_invalid")"},
        {"[]", "application/json", 422, R"("type":"model_attributes_type","loc":["body"])"},
        {"", "application/json", 422, R"("type":"missing","loc":["body"])"},
        {"{", "application/json", 422, R"("type":"json_invalid","loc":["body",)"},
        {"{}", "application/x-www-form-urlencoded", 422, "Content-Type"},
        {"name=%4", "application/x-www-form-urlencoded", 422, R"("type":"form_invalid")"},
        {"name=a&name=b", "application/x-www-form-urlencoded", 422, R"("type":"form_invalid")"},
        {"name: a", "text/yaml", 415, "unsupported_media_type"},
        {"{}", "application/json; charset=latin-1", 415, "unsupported_media_type"},
    };
    for (const BadBody& bad : cases) {
        send(bad.body, bad.type);
        EXPECT_EQ(response.status, bad.status) << bad.body;
        EXPECT_NE(response.body.find(bad.part), std::string::npos) << bad.body << " -> " << response.body;
    }
}

TEST_F(RouteTest, shows_how_it_is_done_right_when_a_member_stands_in_the_query) {
    send(R"({"name":"ann"})", "application/json", "na%6De=secret-value");
    EXPECT_EQ(response.status, 422);
    EXPECT_NE(response.body.find("curl -X POST"), std::string::npos);
    EXPECT_EQ(response.body.find("secret-value"), std::string::npos);
    EXPECT_EQ(send(R"({"name":"ann"})", "application/json", "other=1").status, 200);
}

TEST_F(RouteTest, answers_refusals_bugs_and_outages_each_in_its_way) {
    EXPECT_EQ(send(R"({"name":"nobody"})", "application/json").status, 404);
    EXPECT_EQ(send(R"({"name":"down"})", "application/json").status, 503);
    EXPECT_NE(response.fields().find("Retry-After: "), std::string_view::npos);
    EXPECT_EQ(send(R"({"name":"bug"})", "application/json").status, 500);
    EXPECT_EQ(response.body.find("a bug"), std::string::npos) << "what broke is for the log alone";
    EXPECT_EQ(broken, "a bug");
}

TEST_F(RouteTest, knows_404_405_options_and_the_slash_too_many) {
    Request request;
    request.method = Method::get;
    request.path = "/greet";
    EXPECT_EQ(send(request).status, 405);
    EXPECT_NE(response.fields().find("Allow: OPTIONS, POST\r\n"), std::string_view::npos);
    request.path = "/other";
    EXPECT_EQ(send(request).status, 404);
    request.path = "/gr%65et/";
    EXPECT_EQ(send(request).status, 307);
    EXPECT_NE(response.fields().find("Location: /gr%65et\r\n"), std::string_view::npos);
    request.method = Method::options;
    request.path = "/greet";
    EXPECT_EQ(send(request).status, 204);
}

// RFC 9110 §10.2.2, RFC 3986 §4.2: what stands in Location is a URI reference, and of ours none names a host.
TEST_F(RouteTest, redirects_to_what_was_sent_and_nowhere_else) {
    Mount mount(routes, services);
    mount.add(Method::get, "/things/{id}", {.summary = "A thing", .tag = "t"}, look_at);
    struct Case {
        const char *path, *query;
        int status;
        const char* location;
    };
    const Case cases[] = {
        {"/things/x/", "", 307, "/things/x"},
        {"/things/x/", "a=b&c=%0a", 307, "/things/x?a=b&c=%0a"},
        {"/things/%0a/", "", 307, "/things/%0a"},
        {"/things/%0d%0aSet-Cookie:%20a=b/", "", 307, "/things/%0d%0aSet-Cookie:%20a=b"},
        {"/things/%00/", "", 307, "/things/%00"},
        {"/things/%ff%c0%af/", "", 307, "/things/%ff%c0%af"},
        {"/%67reet/", "", 307, "/%67reet"},
        {"/things/x%2f", "", 200, nullptr},  // an encoded '/' belongs to the name
        {"/things/%0a%2F", "", 404, nullptr},
        {"//odd/x/", "", 404, nullptr},
        {"//evil.example/", "", 404, nullptr},
        {"/%2fevil.example/", "", 404, nullptr},
        {"/things/%zz/", "", 404, nullptr},
    };
    for (const Case& one : cases) {
        Request request;
        request.method = Method::get;
        request.path = one.path;
        request.query = one.query;
        EXPECT_EQ(send(request).status, one.status) << one.path;
        const std::string expected = one.location ? std::string("Location: ") + one.location + "\r\n" : "";
        EXPECT_EQ(response.fields().find("Location") != std::string_view::npos, one.location != nullptr) << one.path;
        EXPECT_NE(response.fields().find(expected), std::string_view::npos) << one.path << ": " << response.fields();
    }
    EXPECT_EQ(broken, "");
}

TEST_F(RouteTest, only_pages_of_ours_and_of_listed_origins_may_change_something) {
    struct Case {
        std::vector<Field> fields;
        int status;
    };
    const Field host{"Host", "auth.example"}, foreign{"Origin", "https://evil.example"};
    const Case cases[] = {
        {{host}, 200},
        {{host, {"Sec-Fetch-Site", "same-origin"}}, 200},
        {{host, {"Sec-Fetch-Site", "same-origin"}, {"Origin", "null"}}, 200},  // under Referrer-Policy: no-referrer
        {{host, {"Sec-Fetch-Site", "none"}}, 200},
        {{host, {"Sec-Fetch-Site", "cross-site"}}, 403},
        {{host, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://blog.auth.example"}}, 403},
        {{host, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://app.example"}}, 200},
        {{host, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://app.example"}}, 200},
        {{host, {"Sec-Fetch-Site", "cross-site"}, foreign}, 403},
        {{host, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://auth.example"}}, 403},
        {{host, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}}, 403},
        {{host, foreign}, 403},
        {{host, {"Origin", "null"}}, 403},
        {{host, {"Origin", ""}}, 403},
        {{host, {"Origin", "auth.example"}}, 403},
        {{host, {"Origin", "https://auth.example"}}, 200},
        {{host, {"Origin", "http://AUTH.example"}}, 200},
        {{host, {"Origin", "https://auth.example:8443"}}, 403},
        {{host, {"Origin", "https://auth.example.evil.example"}}, 403},
        {{host, {"Origin", "https://auth.example"}, foreign}, 403},
        {{{"Host", "auth.example:443"}, {"Origin", "https://auth.example"}}, 200},
        {{{"Host", "auth.example:443"}, {"Origin", "http://auth.example"}}, 403},
        {{{"Host", "auth.example:80"}, {"Origin", "http://auth.example"}}, 200},
        {{{"Host", ""}, {"Origin", "https://"}}, 403},
        {{host, {"Origin", "http://localhost:5173"}}, 200},
    };
    for (const Case& one : cases) {
        std::string shown;
        for (const Field& field : one.fields) shown.append(field.name).append(": ").append(field.value).append("; ");
        std::vector<Field> all = one.fields;
        all.push_back({"Content-Type", "text/plain"});
        Request request;
        request.path = "/greet";
        request.body = "x";
        request.fields = all;
        request.method = Method::post;
        // Who is let in meets the handler's own refusal: text/plain is no body of this route.
        EXPECT_EQ(send(request).status, one.status == 200 ? 415 : 403) << shown;
        EXPECT_EQ(response.body.find("cross_site_request") != std::string::npos, one.status == 403) << shown;
        request.method = Method::get;
        EXPECT_EQ(send(request).status, 405) << "who only looks changes nothing: " << shown;
    }
}

TEST_F(RouteTest, asks_a_proxy_of_ours_by_which_name_it_was_asked) {
    const Field inner{"Host", "127.0.0.1:8000"}, outer{"X-Forwarded-Host", "auth.example"},
        ours{"Origin", "https://auth.example"};
    fields = {inner, outer, ours};
    Request request;
    request.path = "/greet";
    request.method = Method::post;
    request.fields = fields;
    EXPECT_EQ(send(request).status, 403) << "anybody may have written that name";
    request.by_proxy = true;
    EXPECT_NE(send(request).status, 403);
    fields[2] = {"Origin", "https://evil.example"};
    EXPECT_EQ(send(request).status, 403);
}

TEST_F(RouteTest, allows_listed_origins_the_fields_that_their_scripts_ask_for) {
    struct Case {
        const char *path, *origin, *wish;
        int status;
        const char* allowed;  // null: nothing is
    };
    const std::string always = "Authorization, Content-Type, X-Request-Id, X-Requested-With";
    const std::string long_wish(1025, 'x');
    const Case cases[] = {
        {"/greet", "https://app.example", "x-requested-with", 204, "x-requested-with"},
        {"/greet", "https://app.example", "x-csrf-token, x-trace", 204, "x-csrf-token, x-trace"},
        {"/greet", "https://app.example", "a(b)", 204, ""},
        {"/greet", "https://app.example", "x\x7f", 204, ""},
        {"/greet", "https://app.example", long_wish.c_str(), 204, ""},
        {"/greet/", "https://app.example", "x-a", 204, "x-a"},
        {"/nothing", "https://app.example", "x-a", 204, "x-a"},
        {"/nothing", "https://evil.example", "x-a", 404, nullptr},
        {"/greet", "https://evil.example", "x-a", 204, nullptr},
    };
    for (const Case& one : cases) {
        fields = {Field{"Origin", one.origin}, Field{"Access-Control-Request-Method", "POST"},
                  Field{"Access-Control-Request-Headers", one.wish}};
        Request request;
        request.path = one.path;
        request.method = Method::options;
        request.fields = fields;
        EXPECT_EQ(send(request).status, one.status) << one.path << " " << one.origin;
        const std::string_view all = response.fields();
        EXPECT_EQ(all.find("Access-Control-Allow-Methods: ") != all.npos, one.allowed != nullptr) << all;
        if (one.allowed == nullptr) continue;
        const std::string line =
            "Access-Control-Allow-Headers: " + always + (*one.allowed ? ", " : "") + one.allowed + "\r\n";
        EXPECT_NE(all.find(line), all.npos) << all;
        EXPECT_NE(all.find("POST"), all.npos);
    }
    fields = {Field{"Origin", "https://app.example"}};
    Request no_preflight;
    no_preflight.path = "/nothing";
    no_preflight.method = Method::options;
    no_preflight.fields = fields;
    EXPECT_EQ(send(no_preflight).status, 404);
}

TEST_F(RouteTest, tells_browsers_which_origins_may_read) {
    const std::vector<std::pair<std::string, bool>> origins{
        {"https://app.example", true}, {"http://localhost:5173", true}, {"https://app.example.evil", false},
        {"http://localhost:x", false}, {"http://localhost:", false},    {"null", false}};
    for (const auto& [origin, allowed] : origins) {
        fields = {Field{"Origin", origin}};
        Request request;
        request.fields = fields;
        response.clear();
        cors.add_fields(request, response);
        EXPECT_EQ(response.fields().find("Access-Control-Allow-Origin: " + origin) != std::string_view::npos, allowed)
            << origin;
        EXPECT_NE(response.fields().find("Vary: Origin"), std::string_view::npos);
    }
}

TEST_F(RouteTest, appears_in_the_document_with_its_body_and_refusals) {
    const std::string document =
        openapi_document({.title = "T", .version = "1", .token_url = "login"}, routes.operations());
    json::Document parsed;
    const auto root = parsed.parse(document);
    ASSERT_TRUE(root);
    const auto post = root->find("paths")->find("/greet")->find("post");
    ASSERT_TRUE(post);
    EXPECT_TRUE(post->find("requestBody")->find("content")->find("application/x-www-form-urlencoded"));
    for (const char* status : {"200", "404", "413", "415", "422"})
        EXPECT_TRUE(post->find("responses")->find(status)) << status;
    EXPECT_EQ(post->find("security")->size(), 0U) << "whoever comes: nobody forgot it";
    EXPECT_EQ(root->find("components")->find("schemas")->find("Name")->find("required")->size(), 1U);
}

TEST(Response, refuses_a_line_break_in_a_field) {
    Response response;
    EXPECT_THROW(response.add_field("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
    EXPECT_THROW(response.add_field("X\n", "a"), std::invalid_argument);
    response.add_field("X", "a");
    EXPECT_EQ(response.fields(), "X: a\r\n");
}

}  // namespace
}  // namespace keyhold::http
