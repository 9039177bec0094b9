// SPDX-License-Identifier: Apache-2.0
// Where somebody else says what is asked, no address of ours is (CWE-918). Addresses: IANA's registries of special
// ones.
#include "net/reach.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "net/https_client.hpp"

namespace keyhold::net {
namespace {

bool is_public_text(std::string_view text) { return is_public(*IpAddress::parse(text)); }

TEST(Reach, addresses_of_the_internet_are_public) {
    for (const std::string_view text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
                                        "172.15.255.255", "172.32.0.0", "192.167.255.255", "223.255.255.255",
                                        "2606:4700::1111", "2a00:1450:4001::1", "2001:200::1", "::ffff:1.1.1.1"})
        EXPECT_TRUE(is_public_text(text)) << text;
}

TEST(Reach, special_addresses_are_not) {
    for (const std::string_view text :
         {"0.0.0.0",      "10.0.0.1",         "100.64.0.1",      "127.0.0.1", "127.255.255.254", "169.254.169.254",
          "172.16.0.1",   "172.31.255.255",   "192.0.0.1",       "192.0.2.1", "192.168.0.1",     "198.18.0.1",
          "198.51.100.1", "203.0.113.1",      "224.0.0.1",       "240.0.0.1", "255.255.255.255", "::",
          "::1",          "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1",  "64:ff9b::7f00:1", "100::1",
          "2001::1",      "2001:db8::1",      "2002:7f00:1::",   "3fff::1",   "fc00::1",         "fd00::1",
          "fe80::1",      "fec0::1",          "ff02::1",         "4000::1",   "64:ff9b:1::1",    "fdff::1",
          "febf::1",      "169.254.255.255"})
        EXPECT_FALSE(is_public_text(text)) << text;
}

TEST(Reach, networks_of_the_operator_are_reached_beside_the_public_ones) {
    const Reach reach{.anywhere = false, .networks = {*IpNetwork::parse("192.168.7.0/24")}};
    EXPECT_TRUE(reach.holds(*IpAddress::parse("192.168.7.9")));
    EXPECT_TRUE(reach.holds(*IpAddress::parse("1.1.1.1")));
    EXPECT_FALSE(reach.holds(*IpAddress::parse("192.168.8.9")));
    EXPECT_TRUE(Reach().holds(*IpAddress::parse("127.0.0.1")));
}

// A socket of this machine that says whether anybody came.
class Canary {
public:
    Canary() {
        const sockaddr_in any{
            .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
        EXPECT_EQ(listen(socket_, 8), 0);
        sockaddr_in bound{};
        socklen_t size = sizeof bound;
        EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size), 0);
        port = std::to_string(ntohs(bound.sin_port));
    }
    ~Canary() { close(socket_); }
    bool was_called() const {
        pollfd look{socket_, POLLIN, 0};
        return poll(&look, 1, 0) > 0;
    }
    std::string port;

private:
    const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

// The address that is connected to decides, however it was written or found: localhost is what a name is that resolves
// to it.
TEST(Reach, this_machine_is_not_connected_to_by_any_of_its_names) {
    const Canary canary;
    HttpsClient client({.timeout = std::chrono::seconds(5), .reach = {.anywhere = false}});
    for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "017700000001", "0.0.0.0",
                                   "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"}) {
        const auto url = parse_url("http://" + host + ":" + canary.port + "/", PlainHttp::anywhere);
        ASSERT_TRUE(url) << host;
        EXPECT_THROW(client.get(*url), Unreachable) << host;
    }
    EXPECT_FALSE(canary.was_called());
}

TEST(Reach, what_the_operator_says_is_connected_to) {
    const Canary canary;
    HttpsClient client({.timeout = std::chrono::seconds(2),
                        .reach = {.anywhere = false, .networks = {*IpNetwork::parse("127.0.0.0/8")}}});
    EXPECT_THROW(client.get(*parse_url("http://127.0.0.1:" + canary.port + "/", PlainHttp::anywhere)), Unreachable);
    EXPECT_TRUE(canary.was_called()) << "it does not answer, but was asked";
}

}  // namespace
}  // namespace keyhold::net
