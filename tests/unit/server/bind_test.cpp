// SPDX-License-Identifier: Apache-2.0
// Addresses as settings spell them.
#include "server/process/bind.hpp"

#include <gtest/gtest.h>

namespace keyhold::server {
namespace {

http::Address parsed(const std::string& text) {
    auto address = parse_bind("bind", text);
    EXPECT_TRUE(address) << text;
    return address ? *address : http::Address();
}

TEST(Bind, an_address_has_a_host_and_a_port) {
    EXPECT_EQ(parsed("127.0.0.1:8000").host, "127.0.0.1");
    EXPECT_EQ(parsed("127.0.0.1:8000").port, 8000);
    EXPECT_EQ(parsed("[::1]:0").host, "::1");
    EXPECT_FALSE(parsed("[::1]:0").is_unix());
}

TEST(Bind, a_unix_socket_has_a_path) {
    EXPECT_EQ(parsed("unix:/run/keyhold.sock").path, "/run/keyhold.sock");
    EXPECT_TRUE(parsed("unix:/run/keyhold.sock").is_unix());
}

TEST(Bind, what_is_neither_is_refused_under_the_name_of_the_setting) {
    for (const char* text : {"", "8000", "localhost", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:80x", "unix:"}) {
        const auto address = parse_bind("admin_bind", text);
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().errc(), errors::configuration);
        EXPECT_TRUE(address.error().detail().starts_with("admin_bind = '" + std::string(text) + "'"));
    }
}

// unix(7): sun_path has 108 bytes, the last of them for a NUL.
TEST(Bind, a_path_that_is_too_long_for_a_socket_is_refused) {
    EXPECT_EQ(parsed("unix:/" + std::string(106, 'x')).path.size(), 107U);
    const auto address = parse_bind("admin_bind", "unix:/" + std::string(107, 'x'));
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().errc(), errors::configuration);
    EXPECT_NE(address.error().detail().find("is too long for a socket: at most 107"), std::string::npos);
}

TEST(Bind, what_cannot_be_listened_at_side_by_side_is_told) {
    const auto problem = [](const std::vector<std::string>& bind, const std::string& admin_bind) {
        return problem_with_addresses(bind, admin_bind);
    };
    EXPECT_EQ(problem({"127.0.0.1:8000"}, "127.0.0.1:8000"),
              "admin_bind = 127.0.0.1:8000 is taken by bind = 127.0.0.1:8000: name another address, or leave one of "
              "them out");
    EXPECT_NE(problem({"127.0.0.1:80", "127.0.0.1:080"}, ""), "");
    EXPECT_NE(problem({"0.0.0.0:80"}, "127.0.0.1:80"), "");
    EXPECT_NE(problem({"[::1]:80", "[::]:80"}, ""), "");
    EXPECT_NE(problem({"[::1]:80", "[0:0::1]:80"}, ""), "");
    EXPECT_NE(problem({"unix:/run/a.sock"}, "unix:/run/./a.sock"), "");

    EXPECT_EQ(problem({"127.0.0.1:8000"}, ""), "");
    EXPECT_EQ(problem({"127.0.0.1:8000"}, "127.0.0.1:8001"), "");
    EXPECT_EQ(problem({"127.0.0.1:8000", "127.0.0.2:8000"}, ""), "");
    EXPECT_EQ(problem({"0.0.0.0:8000", "[::]:8000"}, ""), "");
    EXPECT_EQ(problem({"127.0.0.1:0"}, "127.0.0.1:0"), "");
    EXPECT_EQ(problem({"unix:/run/a.sock", "127.0.0.1:80"}, "unix:/run/b.sock"), "");
    EXPECT_EQ(problem({"nonsense", "nonsense"}, ""), "") << "told by parse_bind()";
}

TEST(Bind, a_url_puts_brackets_around_ipv6) {
    EXPECT_EQ(url_of({"127.0.0.1", 8000, {}}), "http://127.0.0.1:8000");
    EXPECT_EQ(url_of({"::1", 8443, {}}, "https"), "https://[::1]:8443");
    EXPECT_EQ(url_of({{}, 0, "/run/keyhold.sock"}), "unix:/run/keyhold.sock");
}

}  // namespace
}  // namespace keyhold::server
