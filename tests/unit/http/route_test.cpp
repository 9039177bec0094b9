// Routes are declared once; what they do with good and bad requests, and what the document says of them.
#include "http/route.hpp"

#include <gtest/gtest.h>

#include "base/unavailable.hpp"
#include "base/waiting.hpp"
#include "http/cors.hpp"
#include "http/dispatcher.hpp"

namespace keyhold::http {
namespace {

struct Counter {
    int value = 41;
};
using World = Counter;

struct Name {
    static constexpr std::string_view schema_name = "Name";
    static constexpr Notation notation = Notation::json_or_form;
    static constexpr std::string_view example = R"({"name": "x"})";
    std::string name;
    std::optional<std::int64_t> times;
};
BOOST_DESCRIBE_STRUCT(Name, (), (name, times))

struct Reply {
    static constexpr std::string_view schema_name = "Reply";
    std::string said;
    std::int64_t count;
    std::optional<std::string> left_out;
};
BOOST_DESCRIBE_STRUCT(Reply, (), (said, count, left_out))

}  // namespace

template <>
struct Extract<Counter> {
    static Result<std::reference_wrapper<Counter>> from(const Request&, World& world) { return std::ref(world); }
    static void describe(Operation&) {}
};

namespace {

Result<Reply> greet(const Name& name, Counter& counter) {
    if (name.name == "nobody") return Errc::account_not_found;
    if (name.name == "bug") throw std::runtime_error("a bug");
    if (name.name == "down") throw Unavailable("the database is down");
    if (name.name == "miss") about_to_wait();
    return Reply{"hello \"" + name.name + "\"", ++counter.value, {}};
}

class RouteTest : public testing::Test {
protected:
    RouteTest() {
        Mount<World> mount(routes, world);
        mount.add(Method::post, "/greet", {.summary = "Greet", .tag = "t", .refusals = {Errc::account_not_found}},
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

    const Response& send(const Request& request) {
        response.clear();
        if (const Route* route = dispatcher.find(request, response)) dispatcher.run(*route, request, response);
        return response;
    }

    World world;
    Routes routes;
    Cors cors{{"https://app.example", "http://localhost:*"}};
    std::string broken;
    Dispatcher dispatcher{routes, cors, [this](std::string_view, std::string_view what) { broken = what; }};
    std::vector<Field> fields;
    Response response;
};

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
    EXPECT_EQ(world.value, 41);
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
    EXPECT_NE(response.fields().find("Location: /greet\r\n"), std::string_view::npos);
    request.method = Method::options;
    request.path = "/greet";
    EXPECT_EQ(send(request).status, 204);
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
    EXPECT_FALSE(post->find("security"));
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
