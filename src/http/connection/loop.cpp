// SPDX-License-Identifier: Apache-2.0
#include "http/connection/loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/scheduling.hpp"
#include "http/connection/connection.hpp"

namespace keyhold::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

constexpr int accepts_at_once = 64;                // then the connections get their turn
constexpr std::chrono::microseconds slice{200};    // a hundred answers
constexpr std::chrono::seconds sweep_interval{1};  // how exact the limits of ServerOptions are
constexpr std::chrono::milliseconds sweep_interval_at_the_end{20};

// How long after the last handshake could begin the last of them is over, where the clients are near; and a proxy's
// first request comes right behind.
constexpr std::chrono::milliseconds settling_time{100};

// How long clients get to take what is answered when the time for stopping is over.
constexpr std::chrono::milliseconds last_answers_time{250};

// A connection that is over before it began (accept(2)); the next one may be better.
// On Linux accept(2) hands on network errors of the new connection; the listening socket is well.
bool is_over(int error) {
    return error == EINTR || error == ECONNABORTED || error == EPROTO || error == ENETDOWN || error == EHOSTUNREACH ||
           error == ENETUNREACH;
}

// "unix" for a peer without an address; TrustedProxies knows that word.
std::string text_of(const sockaddr_storage& peer, socklen_t size) {
    boost::asio::ip::tcp::endpoint endpoint;
    if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return "unix";
    std::memcpy(endpoint.data(), &peer, size);
    endpoint.resize(size);
    return endpoint.address().to_string();
}

}  // namespace

Loop::Loop(const ServerOptions& options, const Dispatcher& dispatcher, WorkerPools& pools, Admission& admission,
           unsigned number)
    : thread_(options, dispatcher, pools, admission, number), timer_(thread_.io) {}

Loop::~Loop() {
    for (const auto& listener : listeners_) close(*listener);
}

void Loop::accept_from(std::shared_ptr<ListeningSocket> socket, Accepting accepting) {
    const int descriptor = socket->descriptor();
    // NOLINTNEXTLINE(modernize-make-unique): Clang 14 makes aggregates by braces only
    listeners_.push_back(
        std::unique_ptr<Listener>(new Listener{std::move(socket), {thread_.io, descriptor}, accepting}));
}

// The descriptor is the socket's, which closes it when the last loop has let go. What waits may have been called
// already, so the listener itself stays.
void Loop::close(Listener& listener) {
    if (!listener.socket) return;
    listener.descriptor.release();
    listener.socket.reset();
}

bool Loop::is_open() const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [](const auto& listener) { return listener->socket != nullptr; });
}

// What was thrown here was thrown between connections (each catches its own), as when there is no memory for another
// one. So nothing is lost but that step, and whatever it did not begin again is begun by serve().
void Loop::run() noexcept {
    // Short slices: the kernel runs such a thread before those that compute, as soon as it has something to do, and
    // takes nothing from their share (docs/decisions/0007-short-slices.md, 0059-what-refusing-costs.md).
    ask_for_slices(slice);
    while (!finished_) try {
            serve();
        } catch (const std::exception& error) {
            thread_.dispatcher.report({}, error.what());
        } catch (...) {
            thread_.dispatcher.report({}, "something was thrown that is no std::exception");
        }
}

// Called again where something was thrown: whatever waits goes on waiting, and only what does not is begun.
void Loop::serve() {
    for (const auto& listener : listeners_)
        if (listener->socket && !listener->waits) wait_for_clients(*listener);
    sweep();
    // Returns when sweep() has stopped it, as there is always a timer under way until then.
    thread_.io.run();
    finished_ = true;
}

void Loop::post_use(std::shared_ptr<const TlsContext> tls) {
    boost::asio::post(thread_.io, [this, tls = std::move(tls)] { thread_.tls = tls; });
}

// Refusals that are held back go out at once, for their connections would otherwise outlive the drain.
void Loop::post_drain() {
    boost::asio::post(thread_.io, [this] {
        thread_.draining = true;
        thread_.late_answers.release();
    });
}

void Loop::post_stop() {
    boost::asio::post(thread_.io, [this] { stop(); });
}

void Loop::wait_for_clients(Listener& listener) {
    listener.descriptor.async_wait(Listener::Descriptor::wait_read, [this, &listener](const error_code& ec) {
        listener.waits = false;
        if (ec || !listener.socket) return;
        // One at a time where other loops wait too, so that they share the clients.
        for (int left = listener.accepting == Accepting::alone ? accepts_at_once : 1; left > 0 && accept_one(listener);
             --left) {
        }
        // Out of descriptors: the sweep tries again, so that this does not spin.
        if (!listener.paused) wait_for_clients(listener);
    });
    listener.waits = true;
}

bool Loop::accept_one(Listener& listener) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Descriptor accepted(::accept4(listener.socket->descriptor(), reinterpret_cast<sockaddr*>(&peer), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.get() >= 0) {
        adopt(std::move(accepted), text_of(peer, size), listener.socket->address().is_unix());
        return true;
    }
    if (is_over(errno)) return true;
    listener.paused = errno != EAGAIN;  // no descriptor left, or whatever else will not be better soon
    return false;
}

void Loop::adopt(Descriptor accepted, std::string remote_address, bool is_unix) {
    thread_.now = steady_clock::now();  // so that stop() knows how new this one is
    Socket socket(thread_.io);
    error_code ec;
    // Asio asks for the protocol only to make endpoints, which nobody does here.
    socket.assign(boost::asio::ip::tcp::v4(), accepted.get(), ec);
    // The Descriptor closes what was accepted; the client sees a connection that ends at once, as when memory is
    // scarce.
    if (ec) return;
    const int descriptor = accepted.release();
    auto place = thread_.admission.enter(remote_address);
    // Too many even to be told: Socket's destructor closes it.
    if (!place) return;
    // On one machine there is nobody between us and a proxy.
    auto tls = thread_.tls && !is_unix ? std::make_unique<TlsStream>(*thread_.tls, descriptor) : nullptr;
    std::make_shared<Connection>(std::move(socket), std::move(remote_address), *std::move(place), std::move(tls),
                                 thread_)
        ->begin();
}

void Loop::sweep() {
    thread_.tick();
    for (const auto& listener : listeners_)
        if (std::exchange(listener->paused, false) && listener->socket) wait_for_clients(*listener);
    if (thread_.stopping && is_open() && thread_.now >= close_at_)
        for (const auto& listener : listeners_) {
            while (listener->socket && accept_one(*listener)) {  // who is in the queue has been promised an answer
            }
            close(*listener);
        }
    const bool ending = thread_.stopping && !is_open();
    auto& connections = thread_.connections;
    for (auto it = connections.begin(); it != connections.end();) {
        // The iterator moves on first and the pointer keeps the connection alive, since each of the steps may close it,
        // which takes it out of the list.
        const auto connection = (it++)->shared_from_this();
        if (ending) connection->stop();
        if (ending && thread_.now >= stop_at_) connection->cut();
        connection->sweep();
    }
    // A client that has not taken its answer by then does not get it, because the process has to end.
    if (ending && (connections.empty() || thread_.now >= stop_at_ + last_answers_time)) return thread_.io.stop();
    timer_.expires_after(thread_.stopping ? sweep_interval_at_the_end : std::chrono::milliseconds(sweep_interval));
    timer_.async_wait([this](const error_code& ec) {
        if (!ec) sweep();
    });
}

void Loop::stop() {
    if (thread_.stopping) return;
    // Every answer ends its connection from here on, and sockets that nobody shares are emptied once more.
    thread_.draining = thread_.stopping = true;
    thread_.late_answers.release();
    thread_.tick();
    for (const auto& listener : listeners_)
        if (listener->socket && listener->socket->is_shared()) close(*listener);
    close_at_ = thread_.now + settling_time;
    stop_at_ = std::max(close_at_, thread_.now + thread_.options.drain_time);
    timer_.cancel();
    sweep();
}

}  // namespace keyhold::http
