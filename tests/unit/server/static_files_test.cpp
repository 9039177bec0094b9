// SPDX-License-Identifier: Apache-2.0
// A program's own files, and what lies beside them: Server::files().
#include "server/library/static_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "keyhold/testing.hpp"
#include "server/library/testing.hpp"

namespace keyhold {
namespace {

namespace fs = std::filesystem;

class StaticFiles : public testing::Test {
protected:
    StaticFiles() {
        fs::create_directories(site_ / "css/deep");
        write(site_ / "index.html", "<p>Mine</p>");
        write(site_ / "css/a b.css", "p{}");
        write(site_ / "css/deep/x.js", "1");
        write(site_ / ".env", "SECRET=1");
        fs::create_directory(site_ / ".git");
        write(site_ / ".git/config", "secret");
        write(folder_.path() / "outside.txt", "secret");
        fs::create_symlink(folder_.path() / "outside.txt", site_ / "link.txt");
        fs::create_directory_symlink(folder_.path(), site_ / "up");
        ::mkfifo((site_ / "pipe").c_str(), 0600);
        program_.files("/static", site_);
    }
    static void write(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

    server::TestFolder folder_;
    const fs::path site_ = folder_.path() / "site";
    Server program_{"site"};
};

TEST_F(StaticFiles, a_file_is_sent_with_its_type) {
    TestServer server(program_);
    const auto style = server.get("/static/css/a%20b.css");
    EXPECT_EQ(style.status, 200);
    EXPECT_EQ(style.body, "p{}");
    EXPECT_EQ(server.get("/static/css/deep/x.js").body, "1");
    EXPECT_EQ(server.get("/static").body, "<p>Mine</p>");
    EXPECT_EQ(server.send("HEAD", "/static/index.html").status, 200);
    EXPECT_EQ(server::media_type_of("a.HTML"), "text/html; charset=utf-8");
    EXPECT_EQ(server::media_type_of("a.html.exe"), "application/octet-stream");
    EXPECT_EQ(server::media_type_of("a"), "application/octet-stream");
}

// Whatever is asked, the answer is 404, and nothing of what lies outside.
TEST_F(StaticFiles, there_is_no_way_out_of_the_folder) {
    TestServer server(program_);
    for (const char* path :
         {"/static/../outside.txt", "/static/%2e%2e/outside.txt", "/static/..%2foutside.txt",
          "/static/%2e%2e%2foutside.txt", "/static/css/../../outside.txt", "/static/link.txt", "/static/up/outside.txt",
          "/static/.env", "/static/%2eenv", "/static/.git/config", "/static/css/./x", "/static/index.html%00.css",
          "/static/pipe", "/static/css", "/static/nothing.txt", "/static/index.html/x", "/static//etc/passwd",
          "/static/%2fetc%2fpasswd"}) {
        const auto reply = server.get(path);
        EXPECT_EQ(reply.status, 404) << path;
        EXPECT_EQ(reply.body.find("secret"), std::string::npos) << path;
    }
}

TEST_F(StaticFiles, who_has_it_already_is_told_so) {
    TestServer server(program_);
    const auto first = server.get("/static/index.html");
    const std::string etag = first.field("ETag").value_or("");
    EXPECT_FALSE(etag.empty());
    const auto again = server.get("/static/index.html", {{"If-None-Match", etag}});
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
    write(site_ / "index.html", "<p>Other than before</p>");
    EXPECT_EQ(server.get("/static/index.html", {{"If-None-Match", etag}}).status, 200);
}

TEST_F(StaticFiles, at_the_root_they_are_what_nobody_else_answers) {
    Server program("site");
    program.files("/", site_);
    TestServer server(program);
    EXPECT_EQ(server.get("/").body, "<p>Mine</p>");
    EXPECT_EQ(server.get("/css/deep/x.js").body, "1");
    EXPECT_EQ(server.get("/protected").status, 401);
    EXPECT_EQ(server.get("/openapi.json").status, 200);
}

TEST_F(StaticFiles, a_folder_that_is_not_there_is_said_when_the_server_is_opened) {
    Server program("site");
    program.files("/static", site_ / "nowhere");
    EXPECT_THROW(TestServer{program}, std::system_error);
}

}  // namespace
}  // namespace keyhold
