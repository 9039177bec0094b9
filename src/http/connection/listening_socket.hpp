// SPDX-License-Identifier: Apache-2.0
// Sockets that clients connect to: opened here, or opened by somebody else and inherited.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "http/address.hpp"

namespace keyhold::http {

class ListeningSocket;
using ListeningSockets = std::vector<std::shared_ptr<ListeningSocket>>;

// Owns one descriptor. Made by one thread, then shared by the loops that accept at it, the Server, and whoever hands it
// over to a successor; it is closed when the last of them lets go. Afterwards only `shared_` changes, and `owns_file_`
// when the server stops.
class ListeningSocket {
public:
    // Sockets for one address: `count` of them, one for each thread (SO_REUSEPORT); of a Unix socket there is one, and
    // its file gets `unix_mode`. Refused: configuration, when the address is none, in use by a live server or not ours.
    static Result<ListeningSockets> open(const Address& address, std::size_t count, mode_t unix_mode = 0660);

    // Whether a program listens at this TCP address, which may be another Keyhold.
    static bool is_taken(const Address& address);

    // Takes over a descriptor whose socket somebody else keeps open too. Refused: configuration, if it is no TCP or
    // Unix stream socket that listens.
    static Result<std::shared_ptr<ListeningSocket>> adopt(int descriptor);

    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;
    // Closes it. The file of a Unix socket goes too, unless somebody else listens there.
    ~ListeningSocket();

    int descriptor() const { return descriptor_; }
    const Address& address() const { return address_; }  // with the port that was found

    // Somebody else has the socket as well: who is in its queue when we close it is not lost.
    bool is_shared() const { return shared_; }
    void share() { shared_ = true; }
    void claim() { shared_ = false; }  // nobody else has it any more

    // Lets handshakes that have begun come to their end, but begins none: SYN segments are dropped, and whoever sent
    // one tries again a second later; a Unix socket's file goes. Without this, who connects between our last accept()
    // and our close() is reset. Does nothing to a shared one.
    // Why it is done so: docs/decisions/0021-stopping.md. Where the filter is not accepted by the kernel, the socket
    // stays as it was, and who connects in the last moment is reset.
    void refuse_new_connections();

private:
    ListeningSocket(int descriptor, bool shared);
    // One socket, bound and listening. Port 0 becomes the one that the system chose.
    static Result<std::shared_ptr<ListeningSocket>> open_tcp(const Address& address);
    // Takes the place of a socket file that no server listens at any more.
    static Result<std::shared_ptr<ListeningSocket>> open_unix(const Address& address, mode_t mode);

    const int descriptor_;
    Address address_;
    std::atomic<bool> shared_;
    // Whether the destructor removes the file of a Unix socket.
    bool owns_file_;
};

}  // namespace keyhold::http
