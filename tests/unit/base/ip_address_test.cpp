// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.hpp"

#include <gtest/gtest.h>

namespace keyhold {

TEST(IpAddress, is_the_same_in_each_of_its_spellings) {
    EXPECT_EQ(IpAddress::parse("2001:db8::1"), IpAddress::parse("2001:DB8:0:0:0:0:0:1"));
    EXPECT_EQ(IpAddress::parse("192.0.2.7"), IpAddress::parse("::ffff:192.0.2.7"));
    EXPECT_EQ(IpAddress::parse("fe80::1%eth0"), IpAddress::parse("fe80::1"));
    EXPECT_NE(IpAddress::parse("192.0.2.7"), IpAddress::parse("192.0.2.8"));
}

TEST(IpAddress, is_refused_if_it_is_none) {
    for (const char* text :
         {"", "unknown", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]",
          "::1::", "12345::", "::1/64", "0x7f.0.0.1", "1111:2222:3333:4444:5555:6666:7777:8888:9999"})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, belongs_to_a_network_of_64_bits_or_stands_for_itself) {
    EXPECT_EQ(IpAddress::parse("2001:db8::1")->network(), IpAddress::parse("2001:db8::2:0:0:1")->network());
    EXPECT_NE(IpAddress::parse("2001:db8::1")->network(), IpAddress::parse("2001:db8:0:1::1")->network());
    EXPECT_NE(IpAddress::parse("192.0.2.7")->network(), IpAddress::parse("192.0.2.8")->network());
}

TEST(IpAddress, is_a_loopback_address_or_not) {
    for (const char* text : {"127.0.0.1", "127.255.255.254", "::ffff:127.0.0.1", "::1", "0:0:0:0:0:0:0:1"})
        EXPECT_TRUE(IpAddress::parse(text)->is_loopback()) << text;
    for (const char* text :
         {"128.0.0.1", "126.255.255.255", "0.0.0.0", "::", "::2", "::ffff:192.0.2.7", "1::1", "::127.0.0.1"})
        EXPECT_FALSE(IpAddress::parse(text)->is_loopback()) << text;
}

TEST(IpNetwork, holds_what_begins_as_it_does) {
    const auto holds = [](const char* network, const char* address) {
        return IpNetwork::parse(network)->holds(*IpAddress::parse(address));
    };
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(holds("192.0.2.4/31", "192.0.2.5"));
    EXPECT_FALSE(holds("192.0.2.4/31", "192.0.2.6"));
    EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
    EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
    EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.1"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(holds("::/0", "203.0.113.1"));
}

TEST(IpNetwork, is_refused_if_nobody_knows_what_was_meant) {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
                             "::1/129", "2001:db8::1/64", "10.0.0.0/8/8", "fe80::%eth0/64", "localhost"})
        EXPECT_FALSE(IpNetwork::parse(text)) << text;
}

}  // namespace keyhold
