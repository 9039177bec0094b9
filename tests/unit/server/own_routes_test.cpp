// SPDX-License-Identifier: Apache-2.0
// A program's own routes and hooks beside Keyhold's: keyhold/server.hpp, as a user writes it.
#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "http_client.hpp"
#include "keyhold/testing.hpp"
#include "server/library/testing.hpp"
#include "store/errors.hpp"

// A program's own struct, which is called as one of ours.
namespace app {
struct Session {
    std::string room;
};
KEYHOLD_FIELDS(Session, (room))
}  // namespace app

namespace keyhold {
namespace {

struct Note {
    std::string text;
    std::optional<std::int64_t> priority;
};
KEYHOLD_FIELDS(Note, (text, length(1, 10)), (priority, range(0, 9)))

struct Counter {
    int calls = 0;
};

constexpr std::string_view alice = R"({"username": "alice", "password": "testpass"})";

TEST(OwnRoutes, what_a_handler_takes_is_its_guard_and_its_validation) {
    Server program("notes", "1.0.0");
    Counter counter;
    program.provide(counter);
    program.post("/notes", [](const User& who, const Note& note, Counter& count) {
        ++count.calls;
        return Created<Note>{{who.username() + ":" + note.text, note.priority}, "/notes/1"};
    });
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    EXPECT_EQ(server.post("/notes", R"({"text": "milk"})").status, 401);
    const auto wrong = server.post("/notes", R"({"text": "", "priority": 10})", {{"Authorization", token}});
    EXPECT_EQ(wrong.status, 422);
    EXPECT_NE(wrong.body.find(R"(["body","priority"])"), std::string::npos);
    EXPECT_EQ(counter.calls, 0);
    const auto made = server.post("/notes", R"({"text": "milk"})", {{"Authorization", token}});
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.field("Location"), "/notes/1");
    EXPECT_EQ(made.member("text"), "alice:milk");
    EXPECT_EQ(counter.calls, 1);
}

TEST(OwnRoutes, a_user_may_be_optional_but_a_bad_token_is_refused) {
    Server program("hello");
    program.get("/hello", [](const std::optional<User>& who) { return who ? who->username() : "nobody"; });
    TestServer server(program);
    EXPECT_EQ(server.get("/hello").body, "nobody");
    EXPECT_EQ(server.get("/hello", {{"Authorization", server.sign_in("alice")}}).body, "alice");
    EXPECT_EQ(server.get("/hello", {{"Authorization", "Bearer x.y.z"}}).status, 401);
}

// RFC 9457 §3.1, §4.2.1: the title of about:blank is the phrase of the status.
TEST(OwnRoutes, a_problem_is_sent_as_the_program_says_it) {
    Server program("problems");
    program.get("/gone", []() -> Result<Note> { return Refusal{410, "note_gone", "It was deleted"}; });
    program.get("/odd", []() -> Result<Note> { return Refusal{200, "odd", "No refusal has such a status"}; });
    TestServer server(program);
    const auto gone = server.get("/gone");
    EXPECT_EQ(gone.status, 410);
    EXPECT_EQ(gone.member("title"), "Gone");
    EXPECT_EQ(gone.member("code"), "note_gone");
    EXPECT_EQ(gone.member("detail"), "It was deleted");
    EXPECT_EQ(server.get("/odd").status, 500);
}

TEST(OwnRoutes, an_exception_is_a_500_that_says_nothing_and_stands_in_the_log) {
    Server program("broken");
    program.get("/broken", []() -> Note { throw std::runtime_error("the disk of host db7"); });
    TestServer server(program);
    const auto broken = server.get("/broken");
    EXPECT_EQ(broken.status, 500);
    EXPECT_EQ(broken.body.find("db7"), std::string::npos);
    EXPECT_NE(server.log().find("the disk of host db7"), std::string::npos);
    EXPECT_EQ(server.get("/openapi.json").status, 200);
}

TEST(OwnRoutes, what_cannot_be_is_said_when_the_server_is_opened) {
    const auto problem_of = [](Server& program) -> std::string {
        try {
            TestServer server(program);
            return {};
        } catch (const std::logic_error& error) {
            return error.what();
        }
    };
    Server twice("twice");
    twice.get("/login", [] { return std::string(); });
    EXPECT_EQ(problem_of(twice), "") << "another method of a path of ours";
    twice.post("/login", [] { return std::string(); });
    EXPECT_EQ(problem_of(twice),
              "the route /login is there twice with one method: the other one is Keyhold's, \"Log in: get tokens\"");
    Server own_twice("own_twice");
    own_twice.get("/page", [] { return std::string(); }, {.on = On::io});
    own_twice.get("/page", [] { return std::string(); }, {.on = On::io});
    EXPECT_EQ(problem_of(own_twice), "the route /page is there twice with one method: both are the program's own");
    Server without("without");
    without.get("/count", [](Counter& counter) { return std::to_string(counter.calls); });
    EXPECT_NE(problem_of(without).find("Counter"), std::string::npos);
    Counter counter;
    without.provide(counter);
    EXPECT_EQ(problem_of(without), "");
    without.provide(counter);
    EXPECT_NE(problem_of(without).find("Counter"), std::string::npos);
}

TEST(OwnRoutes, what_comes_when_the_server_is_open_is_no_silence) {
    Server program("late");
    Counter counter;
    const auto said = [](const auto& add) -> std::string {
        try {
            add();
            return {};
        } catch (const std::logic_error& error) {
            return error.what();
        }
    };
    const std::string late = " comes too late: the server is open already, so that nobody would look at it";
    {
        TestServer server(program);
        EXPECT_EQ(said([&] { program.provide(counter); }), "provide()" + late);
        EXPECT_EQ(said([&] { program.get("/late", [] { return std::string(); }); }), "the route /late" + late);
        EXPECT_EQ(said([&] { program.files("/static", "/"); }), "files()" + late);
        EXPECT_EQ(said([&] { program.migration("SELECT 1"); }), "migration()" + late);
        EXPECT_EQ(said([&] { program.settings<Note>("late"); }), "settings()" + late);
        EXPECT_EQ(said([&] { program.counter("late", "Late"); }), "counter()" + late);
        EXPECT_EQ(said([&] { program.gauge("late", "Late"); }), "gauge()" + late);
        EXPECT_EQ(said([&] { program.on<TokenIssuing>([](const TokenIssuing&) { return Decision::allowed(); }); }),
                  "on()" + late);
        EXPECT_EQ(server.get("/late").status, 404);
    }
    program.provide(counter);
    program.get("/late", [](Counter& count) { return std::to_string(++count.calls); });
    TestServer server(program);
    EXPECT_EQ(server.get("/late").body, "1");
}

// What comes out of somebody else's table may be anything; what goes out is JSON (RFC 8259 §8.1).
TEST(OwnRoutes, text_that_is_not_utf_8_leaves_as_replacement_characters) {
    Server program("latin");
    program.get("/note", [] { return Note{"caf\xe9", {}}; });
    program.get("/gone", []() -> Result<Note> { return Refusal{410, "note_\xff", "caf\xe9"}; });
    TestServer server(program);
    EXPECT_EQ(server.get("/note").body, "{\"text\":\"caf\xEF\xBF\xBD\"}");
    const auto gone = server.get("/gone");
    EXPECT_EQ(gone.member("detail"), "caf\xEF\xBF\xBD");
    EXPECT_EQ(gone.member("code"), "note_\xEF\xBF\xBD");
}

TEST(OwnRoutes, a_page_of_the_programs_own_takes_the_place_of_ours) {
    Server with;
    Server without;
    with.get("/", [] { return Html{"<p>Mine</p>"}; });
    EXPECT_EQ(TestServer(with).get("/").body, "<p>Mine</p>");
    EXPECT_NE(TestServer(without).get("/", {{"Accept", "text/html"}}).body.find("Keyhold"), std::string::npos);
}

TEST(OwnRoutes, a_thousand_of_them_stand_in_the_document) {
    Server program("many");
    for (int i = 0; i < 1000; ++i)
        program.get("/things/" + std::to_string(i), [i] { return std::to_string(i); }, {.summary = "A thing"});
    TestServer server(program);
    EXPECT_EQ(server.get("/things/999").body, "999");
    EXPECT_NE(server.get("/openapi.json").body.find("\"/things/999\""), std::string::npos);
}

TEST(OwnRoutes, a_struct_that_is_called_as_one_of_ours_stands_beside_it) {
    Server program("names");
    program.get("/room", [] { return app::Session{"blue"}; });
    TestServer server(program);
    json::Document parsed;
    const std::string text = server.get("/openapi.json").body;
    const auto document = parsed.parse(text);
    ASSERT_TRUE(document);
    const auto schemas = document->find("components")->find("schemas");
    ASSERT_TRUE(schemas->find("Session") && schemas->find("keyhold.api.Session"));
    EXPECT_TRUE(schemas->find("Session")->find("properties")->find("room"));
    EXPECT_TRUE(schemas->find("keyhold.api.Session")->find("properties")->find("device"));
    const auto schema_of = [&](std::string_view path) {
        const auto answer = document->find("paths")->find(path)->find("get")->find("responses")->find("200");
        return std::string(*answer->find("content")->find("application/json")->find("schema")->find("$ref")->string());
    };
    EXPECT_EQ(schema_of("/room"), "#/components/schemas/Session");
    EXPECT_EQ(schema_of("/sessions"), "#/components/schemas/Sessions");
    std::string sessions;
    json::append_value(sessions, *schemas->find("Sessions"));
    EXPECT_NE(sessions.find("#/components/schemas/keyhold.api.Session\""), std::string::npos);
}

TEST(OwnRoutes, handlers_that_wait_hold_nobody_else_up) {
    Server program("slow");
    std::latch is_there(1), may_go(1);
    program.get("/slow", [&] {
        is_there.count_down();
        may_go.wait();
        return std::string("done");
    });
    server::TestFolder folder;
    const std::string path = folder.path();
    ASSERT_TRUE(program.open({.mode = Mode::dev,
                              .settings = {{"database_url", "sqlite:///" + path + "/test.db"},
                                           {"key_file", path + "/test.key"},
                                           {"bind", "127.0.0.1:0"},
                                           {"admin_bind", ""},
                                           {"io_threads", "1"}}}));
    ASSERT_TRUE(program.start());
    const std::uint16_t port = port_of(program.where());
    std::string slow;
    std::jthread waits([&] { slow = ask(port, "/slow").value_or(""); });
    is_there.wait();
    EXPECT_TRUE(is_ok(ask(port, "/openapi.json"))) << "while the other one waits";
    may_go.count_down();
    waits.join();
    EXPECT_TRUE(slow.ends_with("done"));
    program.stop();
}

TEST(Hooks, one_that_is_asked_refuses_with_its_sentence) {
    Server program("hooks");
    program.on<Registering>([](const auto& event) {
        return event.email_domain() == "example.com" ? allow() : refuse("Use your company's address");
    });
    TestServer server(program);
    const auto refused = server.post("/register", alice);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.member("detail"), "Use your company's address");
    EXPECT_EQ(server.post("/login", alice).status, 401) << "no account was made";
    EXPECT_EQ(server.post("/register", R"({"username": "al@example.com", "password": "testpass"})").status, 200);
}

TEST(Hooks, one_that_throws_refuses) {
    Server program("hooks");
    program.on<SigningIn>([](const auto&) -> Decision { throw std::runtime_error("no answer from the directory"); });
    TestServer server(program);
    EXPECT_EQ(server.post("/register", alice).status, 200);
    EXPECT_EQ(server.post("/login", alice).status, 500);
    EXPECT_NE(server.log().find("no answer from the directory"), std::string::npos);
}

TEST(Hooks, a_sign_in_is_asked_about_when_the_password_was_right) {
    Server program("hooks");
    int asked = 0;
    program.on<SigningIn>([&](const auto& event) {
        ++asked;
        return event.username == "alice" ? refuse("You have left us") : allow();
    });
    TestServer server(program);
    server.post("/register", alice);
    EXPECT_EQ(server.post("/login", R"({"username": "alice", "password": "testpasS"})").status, 401);
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(server.post("/login", alice).member("detail"), "You have left us");
    EXPECT_EQ(asked, 1);
}

TEST(Hooks, a_new_password_may_be_refused) {
    Server program("hooks");
    program.on<PasswordChanging>(
        [](const auto& event) { return event.new_password == "keyhold1" ? refuse("Not our name") : allow(); });
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    const auto change = [&](const std::string& wanted) {
        return server.post("/password",
                           R"({"current_password": "a password of the test", "new_password": ")" + wanted + R"("})",
                           {{"Authorization", token}});
    };
    EXPECT_EQ(change("keyhold1").member("detail"), "Not our name");
    EXPECT_EQ(change("another1").status, 200);
}

TEST(Hooks, those_that_are_told_hear_of_what_is_done_and_break_nothing) {
    Server program("hooks");
    std::vector<std::string> heard;
    program.on<Registered>([&](const auto& event) { heard.push_back("registered " + std::string(event.username)); });
    program.on<Registered>([](const auto&) { throw std::runtime_error("the mail server is away"); });
    program.on<SignedIn>([&](const auto& event) { heard.push_back("signed in " + std::string(event.username)); });
    program.on<AccountDeleted>([&](const auto& event) { heard.push_back("deleted " + std::string(event.username)); });
    TestServer server(program);
    server.sign_in("alice");
    EXPECT_TRUE(program.users().remove("alice"));
    EXPECT_FALSE(program.users().remove("alice"));
    EXPECT_EQ(heard, (std::vector<std::string>{"registered alice", "signed in alice", "deleted alice"}));
    EXPECT_NE(server.log().find("the mail server is away"), std::string::npos);
}

TEST(Hooks, claims_of_the_program_stand_in_the_token) {
    Server program("hooks");
    program.on<TokenIssuing>([](const auto& event) {
        event.claims.add("team", "red \"one\"");
        event.claims.add("level", 3);
        event.claims.add("tags", std::vector<std::string>{"a", "b"});
        return allow();
    });
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    EXPECT_EQ(server.get("/protected", {{"Authorization", token}}).status, 200);
    const std::size_t begin = token.find('.') + 1;
    const std::string claims = base64url::decode(token.substr(begin, token.rfind('.') - begin)).value();
    EXPECT_NE(claims.find(R"("team":"red \"one\"","level":3,"tags":["a","b"]})"), std::string::npos) << claims;
}

TEST(Hooks, a_claim_that_is_the_tokens_own_is_no_programs_to_set) {
    for (const char* name : {"sub", "exp", "sid", "scope", "roles"}) {
        Server program("hooks");
        program.on<TokenIssuing>([&](const auto& event) {
            event.claims.add(name, "admin");
            return allow();
        });
        TestServer server(program);
        server.post("/register", alice);
        EXPECT_EQ(server.post("/login", alice).status, 500) << name;
    }
}

TEST(Hooks, claims_of_hooks_that_would_make_a_token_too_long_are_refused) {
    Server program("hooks");
    std::size_t length = 0;
    std::string name = "team";
    program.on<TokenIssuing>([&](const auto& event) {
        // The later one of a name takes the place of the earlier one.
        for (int i = 0; i < 2; ++i) event.claims.add(name, std::string(length, 'x'));
        return allow();
    });
    TestServer server(program);
    server.post("/register", alice);
    length = Claims::most - std::string_view(R"("team":"",)").size();
    EXPECT_EQ(server.post("/login", alice).status, 200);
    ++length;
    EXPECT_EQ(server.post("/login", alice).status, 500);
    EXPECT_NE(server.log().find("the claims of hooks would take 1025 bytes of a token, and 1024 is the most"),
              std::string::npos)
        << server.log();
    name.clear();
    EXPECT_EQ(server.post("/login", alice).status, 500);
    EXPECT_NE(server.log().find("a hook adds a claim without a name"), std::string::npos) << server.log();
}

TEST(Library, users_and_sessions_are_there_without_a_request) {
    Server program("library");
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    const auto found = program.users().find("alice");
    ASSERT_TRUE(found);
    EXPECT_EQ(program.users().find_by_id(found->id)->username, "alice");
    EXPECT_FALSE(program.users().find("bob"));
    const auto taken = program.users().create("alice", "testpass");
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().errc(), errors::username_taken);
    program.sessions().end_all(found->id);
    EXPECT_EQ(server.get("/protected", {{"Authorization", token}}).member("code"), "token_not_live");
}

TEST(Library, production_refuses_what_is_unsafe) {
    Server program("library");
    const auto opened = program.open({.mode = Mode::serve, .settings = {{"secret_key", "changethis"}}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().errc(), errors::configuration);
}

}  // namespace
}  // namespace keyhold
