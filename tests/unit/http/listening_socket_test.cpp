// SPDX-License-Identifier: Apache-2.0
// Sockets that clients connect to: who may have them, and what becomes of those who wait in their queues.
#include "http/connection/listening_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace keyhold::http {
namespace {

const Address any_port{"127.0.0.1", 0, {}};

std::shared_ptr<ListeningSocket> open_one(const Address& address) {
    auto opened = ListeningSocket::open(address, 1);
    EXPECT_TRUE(opened) << opened.error().detail();
    return opened->front();
}

// A connected client, without waiting for longer than the kernel needs on one machine; -1 if it is not let in.
int connect_to(const Address& address) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(address.port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = ::connect(client, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (connected || ::getpeername(client, reinterpret_cast<sockaddr*>(&peer), &size) == 0) return client;
    ::close(client);
    return -1;
}

struct ListeningSocketTest : testing::Test {
    ListeningSocketTest() {
        char name[] = "/tmp/keyhold-sockets-XXXXXX";
        folder = ::mkdtemp(name);
        path = folder + "/socket";
    }
    ~ListeningSocketTest() override { std::filesystem::remove_all(folder); }
    std::string folder, path;
};

TEST_F(ListeningSocketTest, several_sockets_share_an_address_but_another_program_does_not_get_it) {
    const auto opened = ListeningSocket::open(any_port, 3);
    ASSERT_TRUE(opened);
    ASSERT_EQ(opened->size(), 3);
    const Address address = opened->front()->address();
    EXPECT_NE(address.port, 0);
    EXPECT_EQ(to_text(opened->back()->address()), to_text(address));
    const auto second = ListeningSocket::open(address, 1);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().errc(), errors::configuration);
}

TEST_F(ListeningSocketTest, an_address_is_free_again_once_all_its_sockets_are_closed) {
    Address address;
    { address = open_one(any_port)->address(); }
    EXPECT_TRUE(ListeningSocket::open(address, 2));
}

TEST_F(ListeningSocketTest, what_is_no_address_of_ours_is_refused) {
    EXPECT_FALSE(ListeningSocket::open({"localhost", 0, {}}, 1));
    EXPECT_FALSE(ListeningSocket::open({"192.0.2.1", 0, {}}, 1));  // RFC 5737: nobody's
    EXPECT_FALSE(ListeningSocket::open({{}, 0, folder + "/" + std::string(200, 'x')}, 1));
    EXPECT_FALSE(ListeningSocket::open({{}, 0, folder + "/not/there"}, 1));
}

TEST_F(ListeningSocketTest, new_connections_are_not_let_in_but_those_in_the_queue_are) {
    const auto socket = open_one(any_port);
    const int early = connect_to(socket->address());
    ASSERT_GE(early, 0);
    socket->refuse_new_connections();
    EXPECT_EQ(connect_to(socket->address()), -1);
    const int accepted = ::accept(socket->descriptor(), nullptr, nullptr);
    ASSERT_GE(accepted, 0);
    EXPECT_EQ(::send(early, "x", 1, 0), 1);
    char byte = 0;
    EXPECT_EQ(::recv(accepted, &byte, 1, 0), 1);  // the filter lets everything but SYN pass
    ::close(accepted);
    ::close(early);
}

TEST_F(ListeningSocketTest, a_unix_socket_has_its_mode_and_goes_with_its_owner) {
    auto opened = ListeningSocket::open({{}, 0, path}, 4, 0600);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->size(), 1);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_FALSE(ListeningSocket::open({{}, 0, path}, 1)) << "a live one is not replaced";
    opened->clear();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ListeningSocketTest, a_file_that_a_dead_server_left_is_replaced_but_nothing_else_is) {
    {
        const auto shared = open_one({{}, 0, path});
        shared->share();  // so that its file stays
        auto copy = ListeningSocket::adopt(::dup(shared->descriptor()));
        ASSERT_TRUE(copy);
        EXPECT_EQ((*copy)->address().path, path);
        EXPECT_TRUE((*copy)->is_shared());
    }
    EXPECT_TRUE(std::filesystem::exists(path));
    EXPECT_TRUE(ListeningSocket::open({{}, 0, path}, 1));
    const std::string other = folder + "/file";
    {
        const int file = ::open(other.c_str(), O_CREAT | O_WRONLY, 0600);
        ::close(file);
    }
    EXPECT_FALSE(ListeningSocket::open({{}, 0, other}, 1));
    EXPECT_TRUE(std::filesystem::exists(other));
}

TEST_F(ListeningSocketTest, a_descriptor_that_does_not_listen_is_not_adopted) {
    const int idle = ::socket(AF_INET, SOCK_STREAM, 0);
    const int datagrams = ::socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT_FALSE(ListeningSocket::adopt(idle));
    EXPECT_FALSE(ListeningSocket::adopt(datagrams));
    EXPECT_FALSE(ListeningSocket::adopt(-1));
    ::close(idle);
    ::close(datagrams);
}

}  // namespace
}  // namespace keyhold::http
