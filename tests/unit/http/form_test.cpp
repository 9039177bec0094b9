// SPDX-License-Identifier: Apache-2.0
// Bodies that are forms and nothing else, as OAuth has them (RFC 6749 §3.2, appendix B), and where such routes run.
#include <gtest/gtest.h>

#include "http/route.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"

namespace keyhold::http {
namespace {

struct Wanted {
    static constexpr std::string_view schema_name = "Wanted";
    static constexpr Notation notation = Notation::form;
    static constexpr std::string_view example = R"({"name": "x"})";
    std::string name;
    std::optional<std::string> more;
};
KEYHOLD_FIELDS(Wanted, (name), (more))

struct Got {
    static constexpr std::string_view schema_name = "Got";
    std::string name;
    std::optional<std::string> more;
};
KEYHOLD_FIELDS(Got, (name), (more))

Result<Got> echo(const Wanted& wanted) { return Got{wanted.name, wanted.more}; }

On slow_if_asked(const Request& request) {
    return request.body.find("slow") != request.body.npos ? On::hashing : On::io;
}

void refuse_shortly(Response& response, const Error& error, const Request&) {
    response.clear();
    response.status = error.row().status;
    response.body = sentence_of(error);
}

class FormTest : public testing::Test {
protected:
    FormTest() {
        Mount mount(routes, services, refuse_shortly);
        mount.add(Method::post, "/form", {.summary = "A form", .tag = "t", .on = On::storing, .on_for = slow_if_asked},
                  echo);
        mount.add(Method::post, "/of/{name}", {.summary = "A form", .tag = "t", .on = On::storing}, echo);
    }

    std::string send(std::string_view body, std::string_view type = "application/x-www-form-urlencoded",
                     std::string_view query = "", Method method = Method::post) {
        const Field field{"Content-Type", type};
        request = {};
        request.method = method;
        request.path = "/form";
        request.query = query;
        request.body = body;
        if (!type.empty()) request.fields = {&field, 1};
        response.clear();
        if (const Route* route = dispatcher.find(request, response)) dispatcher.run(*route, request, response);
        return std::to_string(response.status) + " " + response.body;
    }

    Services services;
    Routes routes;
    Cors cors{{}};
    Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view) {}};
    Request request;
    Response response;
};

TEST_F(FormTest, a_field_without_a_value_is_absent) {
    EXPECT_EQ(send("name=a&more=b"), R"(200 {"name":"a","more":"b"})");
    EXPECT_EQ(send("name=a&more="), R"(200 {"name":"a"})");
    EXPECT_EQ(send("name=a&more"), R"(200 {"name":"a"})");
    EXPECT_EQ(send("name=&more=b"), "422 name: Field required");
}

// RFC 6749 §3.2.
TEST_F(FormTest, a_known_field_that_stands_there_twice_is_refused_by_its_name_and_an_unknown_one_is_ignored) {
    for (const auto* twice : {"name=a&name=a", "n%61me=a&name=a", "name=&name=a", "name=a&name="})
        EXPECT_EQ(send(twice), "422 name: Input should be given once") << twice;
    EXPECT_EQ(send("name=a&more=&more=b"), "422 more: Input should be given once");
    EXPECT_EQ(send("name=a&x=1&y=1"), R"(200 {"name":"a"})");
    EXPECT_EQ(send("name=a&x=1&x=2"), R"(200 {"name":"a"})");
}

TEST_F(FormTest, what_is_no_form_is_refused) {
    for (const auto* type : {"application/json", "text/plain", "multipart/form-data; boundary=x", "",
                             "application/x-www-form-urlencoded; charset=latin1"})
        EXPECT_EQ(send(R"({"name":"a"})", type), "415 Only application/x-www-form-urlencoded is understood here")
            << type;
    EXPECT_EQ(send(R"({"name":"a"})"),
              "422 body: The body looks like JSON, but a form is what is read here: name=value&name=value");
    EXPECT_EQ(send("name=%zz"), "422 body: A '%' is not followed by two hex digits");
    EXPECT_EQ(send("name=a", "Application/X-WWW-Form-Urlencoded; charset=utf-8"), R"(200 {"name":"a"})");
}

TEST_F(FormTest, parameters_in_the_query_are_refused) {
    EXPECT_TRUE(send("name=a", "application/x-www-form-urlencoded", "more=b").starts_with("422 Parameters do not"));
    EXPECT_EQ(send("name=a", "application/x-www-form-urlencoded", "other=b"), R"(200 {"name":"a"})");
}

TEST_F(FormTest, the_document_shows_the_form_alone) {
    const auto& operation = routes.all().front()->operation;
    EXPECT_EQ(operation.request_media, std::vector<std::string_view>{"application/x-www-form-urlencoded"});
}

TEST_F(FormTest, a_request_is_run_where_what_it_asks_for_belongs) {
    for (const auto& [body, where] : {std::pair("name=slow", On::hashing), std::pair("name=a", On::io)}) {
        send(body);
        request.body = body;
        request.fields = {};
        EXPECT_EQ(dispatcher.on_of(*routes.all().front(), request), where);
    }
    EXPECT_EQ(dispatcher.on_of(*routes.all().back(), request), On::storing);
}

// Before a handler can say anything: the method is another one, or the message is no good.
TEST_F(FormTest, a_path_refuses_as_its_routes_do) {
    EXPECT_EQ(send("", "", "", Method::get), "405 Method Not Allowed");
    const auto is_short = [this](std::string_view path) {
        Response one, other;
        routes.refuse_of(path)(one, errors::not_found, request);
        refuse_shortly(other, errors::not_found, request);
        return one.body == other.body;
    };
    EXPECT_TRUE(is_short("/form"));
    EXPECT_TRUE(is_short("/of/x"));
    EXPECT_FALSE(is_short("/formed"));
    EXPECT_FALSE(is_short("/of"));
}

}  // namespace
}  // namespace keyhold::http
