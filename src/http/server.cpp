// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/replaceable.hpp"
#include "http/connection/loop.hpp"

namespace keyhold::http {

struct Server::State {
    State(ServerOptions the_options, WorkerPools& the_pools)
        : options(std::move(the_options)), pools(the_pools), admission(options.connections) {}
    // The loops refer to the options and to the admission, so both stand before them and are destroyed after them.
    ServerOptions options;
    WorkerPools& pools;
    Admission admission;
    Replaceable<std::shared_ptr<const TlsContext>> tls{nullptr};
    ListeningSockets sockets;
    // A loop does not move: its connections and what is posted to it hold references.
    std::vector<std::unique_ptr<Loop>> loops;
    std::vector<std::thread> threads;
};

Server::Server(ServerOptions options, const Dispatcher& dispatcher, WorkerPools& pools)
    : state_(std::make_unique<State>(std::move(options), pools)) {
    for (unsigned i = 0; i < state_->options.threads; ++i)
        state_->loops.push_back(std::make_unique<Loop>(state_->options, dispatcher, pools, state_->admission, i));
}

Server::~Server() {
    stop();
    join();
    state_->pools.stop();  // a job that outlived the drain time still posts to its loop
}

void Server::use(std::shared_ptr<const TlsContext> tls) {
    // Each loop keeps a pointer of its own, because a connection that begins must not lock anything. The copy here is
    // for tls() alone.
    for (auto& loop : state_->loops) loop->post_use(tls);
    state_->tls.replace(std::move(tls));
}

std::shared_ptr<const TlsContext> Server::tls() const { return state_->tls.get(); }

// With as many sockets as loops each loop has one that nobody else accepts at. With fewer, as after a handover from a
// server with fewer threads, several loops wait at one; with more, a loop waits at several, since a socket that nobody
// empties would keep its clients waiting.
void Server::listen(const ListeningSockets& sockets) {
    const std::size_t loops = state_->loops.size();
    const auto accepting = sockets.size() >= loops ? Loop::Accepting::alone : Loop::Accepting::with_others;
    for (std::size_t i = 0; i < std::max(loops, sockets.size()); ++i)
        state_->loops[i % loops]->accept_from(sockets[i % sockets.size()], accepting);
    state_->sockets.insert(state_->sockets.end(), sockets.begin(), sockets.end());
}

ListeningSockets Server::sockets() const { return state_->sockets; }

void Server::start() {
    for (auto& loop : state_->loops) state_->threads.emplace_back([&loop] { loop->run(); });
}

void Server::drain() {
    for (auto& loop : state_->loops) loop->post_drain();
}

// No handshake may begin before a loop empties its queue for the last time, so the filters come first and the loops are
// told afterwards (docs/decisions/0021-stopping.md). A second call finds no sockets, and loops that stop already.
void Server::stop() {
    for (auto& socket : state_->sockets) socket->refuse_new_connections();
    state_->sockets.clear();
    for (auto& loop : state_->loops) loop->post_stop();
}

bool Server::finished() const {
    return std::all_of(state_->loops.begin(), state_->loops.end(), [](const auto& loop) { return loop->finished(); });
}

void Server::join() {
    for (std::thread& thread : state_->threads) thread.join();
    state_->threads.clear();
}

std::vector<const Traffic*> Server::traffic() const {
    std::vector<const Traffic*> traffic;
    for (const auto& loop : state_->loops) traffic.push_back(&loop->traffic());
    return traffic;
}

}  // namespace keyhold::http
