// SPDX-License-Identifier: Apache-2.0
// Restarting without a gap where no service manager keeps the sockets: a new server asks the running one for them, over
// a Unix socket that only its own user may use. Nothing is closed and nothing opened, so nobody is turned away or
// reset.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "server/process/sockets.hpp"

namespace keyhold::server {

// The running server, as its successor sees it. It serves on until release() is called, and also if it never is.
// One thread at a time.
class Predecessor {
public:
    // Looks for a running server at `path`. Empty if nobody listens there or the path is empty. Refused: configuration,
    // if the answer is not that of a server of ours.
    static Result<std::optional<Predecessor>> find(const std::string& path);
    Predecessor(Predecessor&& other) noexcept;
    Predecessor& operator=(Predecessor&& other) = delete;
    ~Predecessor();

    // Copies of the running server's descriptors: the same sockets and queues of the kernel.
    Sockets sockets;
    std::shared_ptr<http::ListeningSocket> desk;  // at which it was asked, and its successors are

    // Everything is served: the running server may stop.
    void release() const;
    bool is_gone() const;  // the sockets are ours alone

private:
    explicit Predecessor(int connection) : connection_(connection) {}
    int connection_;
};

inline Sockets known_sockets(const std::optional<Predecessor>& predecessor) {
    return predecessor ? predecessor->sockets : Sockets();
}

// Gives the sockets to one successor, on a thread of its own.
// Its thread begins with the constructor and ends with the destructor.
class Handover {
public:
    // `taken` is called on that thread when a successor serves at the same sockets, which are marked as shared.
    Handover(std::shared_ptr<http::ListeningSocket> desk, std::optional<Predecessor> predecessor, Sockets sockets,
             std::function<void()> taken);
    ~Handover();  // lets go of the sockets

    // Waits for a successor at `path`, and lets the predecessor go, if there is one. Null where the path is empty.
    static Result<std::unique_ptr<Handover>> begin(const std::string& path, std::optional<Predecessor> predecessor,
                                                   Sockets sockets, std::function<void()> taken);

private:
    std::shared_ptr<http::ListeningSocket> desk_;
    std::optional<Predecessor> predecessor_;
    Sockets sockets_;
    std::function<void()> taken_;
    int successor_ = -1;   // stays connected until we are gone
    std::jthread thread_;  // last: it uses the members above

    void serve(const std::stop_token& stop);
    bool hand_over(int successor, const std::stop_token& stop);
    // All that are handed over: of clients, of administrators, and the desk itself.
    template <class Do>
    void for_each_socket(Do act);
};

}  // namespace keyhold::server
