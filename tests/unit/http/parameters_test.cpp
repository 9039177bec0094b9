// SPDX-License-Identifier: Apache-2.0
// Routes with parameters: which route a path belongs to, what its pieces are, which routes cannot be, how each part of
// the site refuses, and what handlers may be.
#include "http/parameters.hpp"

#include <gtest/gtest.h>

#include "domain/errors.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"

namespace keyhold::http {
namespace {

struct Said {
    std::string text;
};
KEYHOLD_FIELDS(Said, (text))

struct Log {
    std::vector<std::string> lines;
};

Said say(const Path<"id">& id) { return {"id " + *id}; }
Said say_number(const Path<"number", std::int64_t>& number) { return {"number " + std::to_string(*number)}; }

void refuse_as_text(Response& response, const Error& error, const Request&) {
    response.clear();
    response.status = error.row().status;
    response.media_type = "text/plain";
    response.body = "refused";
}

class ParametersTest : public testing::Test {
protected:
    ParametersTest() { services.provide(log); }

    template <class H>
    void add(std::string_view path, H handler, Method method = Method::get) {
        mount.add(method, path, {.summary = "s", .tag = "t"}, handler);
    }

    const Response& get(std::string_view path, std::vector<Field> with = {}, Method method = Method::get) {
        fields = std::move(with);
        Request request;
        request.method = method;
        request.path = path.substr(0, path.find('?'));
        if (path.find('?') != path.npos) request.query = path.substr(path.find('?') + 1);
        request.fields = fields;
        request.request_id = "r1";
        response.clear();
        if (const Route* route = dispatcher.find(request, response)) dispatcher.run(*route, request, response);
        return response;
    }

    Log log;
    Services services;
    Routes routes;
    Mount mount{routes, services};
    Cors cors{{}};
    Dispatcher dispatcher{routes, cors,
                          [this](std::string_view, std::string_view what) { log.lines.emplace_back(what); }};
    std::vector<Field> fields;
    Response response;
};

TEST_F(ParametersTest, a_literal_goes_before_a_parameter) {
    add("/notes/{id}", say);
    add("/notes/new", [] { return Said{"new"}; });
    add("/notes/{id}/comments/{comment}",
        [](const Path<"id">& id, const Path<"comment">& comment) { return Said{*id + "+" + *comment}; });
    add("/notes/new/comments", [] { return Said{"comments of new"}; });
    EXPECT_EQ(get("/notes/7").body, R"({"text":"id 7"})");
    EXPECT_EQ(get("/notes/new").body, R"({"text":"new"})");
    EXPECT_EQ(get("/notes/n%65w").body, R"({"text":"new"})");
    EXPECT_EQ(get("/notes/new/comments").body, R"({"text":"comments of new"})");
    // The literal leads nowhere here, so the parameter is tried.
    EXPECT_EQ(get("/notes/new/comments/3").body, R"({"text":"new+3"})");
    EXPECT_EQ(get("/notes").status, 404);
    EXPECT_EQ(get("/notes/1/comments").status, 404);
    EXPECT_EQ(get("/notes//comments/1").status, 404);
    EXPECT_EQ(get("/notes/1/").status, 307);
    EXPECT_NE(response.fields().find("Location: /notes/1\r\n"), std::string_view::npos);
}

TEST_F(ParametersTest, a_piece_of_a_path_is_decoded_once_and_by_itself) {
    add("/notes/{id}", say);
    EXPECT_EQ(get("/notes/a%2Fb").body, R"({"text":"id a/b"})");
    EXPECT_EQ(get("/notes/%2541").body, R"({"text":"id %41"})");
    EXPECT_EQ(get("/notes/a+b").body, R"({"text":"id a+b"})");
    for (const char* bad : {"/notes/%00", "/notes/%0a", "/notes/%ff", "/notes/%4", "/notes/%7f"})
        EXPECT_EQ(get(bad).status, 404) << bad;
}

TEST_F(ParametersTest, a_typed_piece_is_validated_as_fastapi_does) {
    add("/numbers/{number}", say_number);
    EXPECT_EQ(get("/numbers/-5").body, R"({"text":"number -5"})");
    EXPECT_EQ(get("/numbers/x").status, 422);
    EXPECT_NE(response.body.find(R"("errors":[{"type":"int_parsing","loc":["path","number"],)"
                                 R"("msg":"Input should be a valid integer, unable to parse string as an integer"}])"),
              std::string::npos)
        << response.body;
    EXPECT_EQ(get("/numbers/9223372036854775808").status, 422);
}

TEST_F(ParametersTest, fields_and_cookies_are_parameters_too) {
    add("/x", [](const Header<"X-Trace">& trace, const Cookie<"theme", std::optional<std::string>>& theme) {
        return Said{*trace + "," + theme->value_or("none")};
    });
    EXPECT_EQ(get("/x", {{"x-trace", "1"}, {"Cookie", "a=b; theme=dark"}}).body, R"({"text":"1,dark"})");
    EXPECT_EQ(get("/x", {{"X-Trace", "1"}}).body, R"({"text":"1,none"})");
    EXPECT_EQ(get("/x").status, 422);
    EXPECT_NE(response.body.find(R"("loc":["header","X-Trace"])"), std::string::npos);
}

TEST_F(ParametersTest, a_parameter_that_breaks_a_rule_is_refused_as_a_body_is) {
    add("/numbers/{number}", [](const Path<"number", std::int64_t, about("Which one"), range(1, 9)>& number) {
        return Said{std::to_string(*number)};
    });
    EXPECT_EQ(get("/numbers/9").body, R"({"text":"9"})");
    EXPECT_EQ(get("/numbers/10").status, 422);
    EXPECT_NE(response.body.find(R"("errors":[{"type":"less_than_equal","loc":["path","number"],)"
                                 R"("msg":"Input should be less than or equal to 9"}])"),
              std::string::npos)
        << response.body;

    add("/x", [](const Header<"X-Trace", std::optional<std::string>, pattern("[a-z]+"), length(2, 4)>& trace,
                 const Cookie<"theme", std::string, one_of("light", "dark")>& theme) {
        return Said{trace->value_or("none") + "," + *theme};
    });
    EXPECT_EQ(get("/x", {{"X-Trace", "abcd"}, {"Cookie", "theme=dark"}}).body, R"({"text":"abcd,dark"})");
    EXPECT_EQ(get("/x", {{"Cookie", "theme=light"}}).body, R"({"text":"none,light"})");
    EXPECT_EQ(get("/x", {{"X-Trace", "ab1d"}, {"Cookie", "theme=dark"}}).status, 422);
    EXPECT_NE(response.body.find(R"("type":"string_pattern_mismatch","loc":["header","X-Trace"])"), std::string::npos)
        << response.body;
    EXPECT_EQ(get("/x", {{"X-Trace", "abcde"}, {"Cookie", "theme=dark"}}).status, 422);
    EXPECT_EQ(get("/x", {{"Cookie", "theme=darker"}}).status, 422);
    EXPECT_NE(response.body.find(R"("loc":["cookie","theme"])"), std::string::npos) << response.body;
}

TEST_F(ParametersTest, a_route_that_could_never_match_is_refused_when_it_is_added) {
    add("/notes/{id}", say);
    for (const char* path : {"notes", "/a//b", "/a/", "/a/{id", "/a/{}", "/a/x{id}", "/a/{1d}", "/a b", "/a?b",
                             "/a%20b", "/\xc3\xa9", "/{id}/{id}", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"})
        EXPECT_THROW(add(path, [] {}), std::logic_error) << path;
    EXPECT_THROW(add("/notes/{id}", say), std::logic_error);  // twice
    EXPECT_THROW(add(
                     "/notes/{note}", [] {}, Method::post),
                 std::logic_error);                             // the same under another name
    EXPECT_THROW(add("/other/{name}", say), std::logic_error);  // its handler asks for {id}
    add(
        "/notes/{id}", [](const Path<"id">&) {}, Method::delete_);
    EXPECT_EQ(get("/notes/1", {}, Method::delete_).status, 204);
    EXPECT_EQ(get("/notes/1", {}, Method::put).status, 405);
    EXPECT_NE(response.fields().find("Allow: DELETE, GET, HEAD, OPTIONS\r\n"), std::string_view::npos);
}

TEST_F(ParametersTest, services_are_looked_up_when_the_route_is_added) {
    add("/log", [](Log& of_program) { of_program.lines.emplace_back("called"); });
    EXPECT_EQ(get("/log").status, 204);
    EXPECT_EQ(log.lines, std::vector<std::string>{"called"});
    EXPECT_THROW(add("/none", [](std::vector<int>&) {}), std::logic_error);
    EXPECT_THROW(services.provide(log), std::logic_error);
    const double constant = 1;
    services.provide(constant);
    EXPECT_THROW(add("/constant", [](double&) {}), std::logic_error);
    add("/constant", [](const double& value) { return std::to_string(value); });
    EXPECT_EQ(get("/constant").body, "1.000000");
    EXPECT_EQ(response.media_type, "text/plain; charset=utf-8");
}

TEST_F(ParametersTest, answers_come_in_many_kinds) {
    add("/created", [] { return Created<Said>{{"a"}, "/notes/1"}; });
    add("/redirect", [] { return Redirect{"/elsewhere"}; });
    add("/page", [] { return Html{"<p>hi</p>", 202}; });
    add("/file", [] { return File{"x", "text/csv", "n\xc3\xa4me\r\n\".csv"}; });
    add("/list", [] { return std::vector<Said>{{"a"}, {"b"}}; });
    add("/cookies", [] { return WithCookies<Said>{{"a"}, {"a=b; Secure", "c=d"}}; });
    add("/refused", []() -> Result<Said> { return errors::account_not_found; });
    EXPECT_EQ(get("/created").status, 201);
    EXPECT_EQ(response.fields(), "Location: /notes/1\r\n");
    EXPECT_EQ(get("/redirect").status, 303);
    EXPECT_EQ(get("/page").status, 202);
    EXPECT_NE(response.fields().find("Content-Security-Policy: default-src 'none'"), std::string_view::npos);
    EXPECT_EQ(get("/file").body, "x");
    EXPECT_NE(response.fields().find("filename*=UTF-8''n%C3%A4me%0D%0A%22.csv\r\n"), std::string_view::npos)
        << response.fields();
    EXPECT_EQ(get("/list").body, R"([{"text":"a"},{"text":"b"}])");
    EXPECT_EQ(get("/cookies").fields(), "Set-Cookie: a=b; Secure\r\nSet-Cookie: c=d\r\n");
    EXPECT_EQ(get("/refused").status, 404);
}

TEST_F(ParametersTest, the_document_says_which_answers_have_a_location) {
    add("/created", [] { return Created<Said>{{"a"}, "/notes/1"}; });
    add("/redirect", [] { return Redirect{"/elsewhere"}; });
    add("/list", [] { return std::vector<Said>{{"a"}}; });
    const std::string document =
        openapi_document({.title = "T", .version = "1", .token_url = "login"}, routes.operations());
    json::Document parsed;
    const auto root = parsed.parse(document);
    ASSERT_TRUE(root);
    const auto has_location = [&](const char* path, const char* status) {
        const auto answer = root->find("paths")->find(path)->find("get")->find("responses")->find(status);
        return answer && answer->find("headers") && answer->find("headers")->find("Location");
    };
    EXPECT_TRUE(has_location("/created", "201"));
    EXPECT_TRUE(has_location("/redirect", "303"));
    EXPECT_FALSE(has_location("/list", "200"));
}

// RFC 9110 §15: a status has three digits, and one of 1xx is no last answer.
TEST_F(ParametersTest, a_status_that_is_none_is_a_fault_of_the_handler) {
    int status = 0;
    add("/page", [&] { return Html{"x", status}; });
    add("/redirect", [&] { return Redirect{"/elsewhere", status}; });
    add("/cookies", [&] { return WithCookies<Html>{{"x", status}, {"a=b"}}; });
    add("/result", [&]() -> Result<Html> { return Html{"x", status}; });
    for (const char* path : {"/page", "/redirect", "/cookies", "/result"}) {
        for (const int none : {0, -5, 99, 100, 199, 600, 1000}) {
            status = none;
            EXPECT_EQ(get(path).status, 500) << path << none;
            EXPECT_NE(response.body.find("internal_error"), std::string::npos) << response.body;
            ASSERT_FALSE(log.lines.empty());
            EXPECT_NE(log.lines.back().find("the status " + std::to_string(none) + ","), std::string::npos)
                << log.lines.back();
        }
        for (const int one : {200, 404, 599}) {
            status = one;
            EXPECT_EQ(get(path).status, one) << path;
        }
    }
    EXPECT_EQ(log.lines.size(), 4U * 7U);
    for (const int empty : {204, 205, 304}) {
        status = empty;
        EXPECT_EQ(get("/page").body, "") << empty;
    }
}

TEST_F(ParametersTest, how_a_refusal_looks_belongs_to_the_part_of_the_site) {
    Mount other(routes, services, refuse_as_text, "/other/");
    other.add(Method::get, "/other/{number}", {.summary = "s", .tag = "t"}, say_number);
    other.add(Method::get, "/other/bug", {.summary = "s", .tag = "t"},
              []() -> Said { throw std::runtime_error("bug"); });
    EXPECT_EQ(get("/other/x").body, "refused");  // by a parameter
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(get("/other/bug").body, "refused");  // by an exception
    EXPECT_EQ(get("/other/1", {}, Method::post).body, "refused");
    EXPECT_EQ(response.status, 405);
    EXPECT_NE(response.fields().find("Allow: "), std::string_view::npos);
    EXPECT_EQ(get("/other/1/2").body, "refused");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(get("/elsewhere").media_type, "application/problem+json");
}

TEST_F(ParametersTest, a_text_is_utf8_wherever_it_stands) {
    add("/page", [](const Query<Page>& page) { return Said{page->cursor}; });
    EXPECT_EQ(get("/page?cursor=%C3%A9").body, "{\"text\":\"\u00E9\"}");
    for (const char* query : {"/page?cursor=%ff", "/page?cursor=a%c3", "/page?cursor=\xff", "/page?cursor=%ed%a0%80"}) {
        EXPECT_EQ(get(query).status, 422) << query;
        EXPECT_NE(response.body.find("string_unicode"), std::string::npos) << response.body;
    }
}

TEST_F(ParametersTest, the_document_shows_each_parameter) {
    add("/numbers/{number}", [](const Path<"number", std::int64_t>&, const Query<Page>&,
                                const Header<"X-Trace", std::optional<std::string>>&) { return Said{}; });
    const std::string document =
        openapi_document({.title = "T", .version = "1", .token_url = "login"}, routes.operations());
    EXPECT_NE(
        document.find(
            R"("parameters":[{"name":"number","in":"path","required":true,"schema":{"type":"integer"}},)"
            R"({"name":"limit","in":"query","description":"How many a page has at most",)"
            R"("schema":{"type":"integer","minimum":1,"maximum":1000,"default":100}},)"
            R"({"name":"cursor","in":"query","description":"`next` of the page before",)"
            R"("schema":{"type":"string","default":""}},{"name":"X-Trace","in":"header","schema":{"type":"string"}}])"),
        std::string::npos)
        << document;
}

// A parameter's description stands beside its schema, and its other rules in the schema (OpenAPI 3.1 §4.8.12).
TEST_F(ParametersTest, the_document_shows_what_a_parameter_is_about_and_its_rules) {
    add("/notes/{id}/{colour}",
        [](const Path<"id", std::int64_t, about("The note's number, \"7\" say"), range(1, 9)>&,
           const Path<"colour", std::string, one_of("red", "green")>&,
           const Header<"X-Trace", std::optional<std::string>, length(2, 4), about("A trace")>&,
           const Cookie<"theme", std::string, pattern("[a-z]+"), about("A theme")>&) { return Said{}; });
    const std::string document =
        openapi_document({.title = "T", .version = "1", .token_url = "login"}, routes.operations());
    EXPECT_NE(
        document.find(
            R"("parameters":[{"name":"id","in":"path","required":true,"description":"The note's number, \"7\" say",)"
            R"("schema":{"type":"integer","minimum":1,"maximum":9}},)"
            R"({"name":"colour","in":"path","required":true,"schema":{"type":"string","enum":["red","green"]}},)"
            R"({"name":"X-Trace","in":"header","description":"A trace",)"
            R"("schema":{"type":"string","minLength":2,"maxLength":4}},)"
            R"({"name":"theme","in":"cookie","required":true,"description":"A theme",)"
            R"("schema":{"type":"string","pattern":"^[a-z]+$"}}])"),
        std::string::npos)
        << document;
}

}  // namespace
}  // namespace keyhold::http
