// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/replaceable.hpp"
#include "http/loop.hpp"

namespace keyhold::http {

struct Server::State {
    State(ServerOptions the_options, WorkerPools& the_pools)
        : options(std::move(the_options)), pools(the_pools), admission(options.connections) {}
    ServerOptions options;
    WorkerPools& pools;
    Admission admission;
    Replaceable<std::shared_ptr<const TlsContext>> tls{nullptr};
    ListeningSockets sockets;
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
    for (auto& loop : state_->loops) loop->post_use(tls);
    state_->tls.replace(std::move(tls));
}

std::shared_ptr<const TlsContext> Server::tls() const { return state_->tls.get(); }

void Server::listen(const ListeningSockets& sockets) {
    const std::size_t loops = state_->loops.size();
    const auto company = sockets.size() >= loops ? Loop::Company::none : Loop::Company::others;
    for (std::size_t i = 0; i < std::max(loops, sockets.size()); ++i)
        state_->loops[i % loops]->accept_from(sockets[i % sockets.size()], company);
    state_->sockets.insert(state_->sockets.end(), sockets.begin(), sockets.end());
}

ListeningSockets Server::sockets() const { return state_->sockets; }

void Server::start() {
    for (auto& loop : state_->loops) state_->threads.emplace_back([&loop] { loop->run(); });
}

void Server::drain() {
    for (auto& loop : state_->loops) loop->post_drain();
}

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
