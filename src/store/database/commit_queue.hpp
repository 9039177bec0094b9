// SPDX-License-Identifier: Apache-2.0
// Group commit: works that arrive while a transaction is on its way to the disk share the next one, so that the
// disk is waited for once for all of them.
#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <vector>

namespace keyhold::store {

class Connection;

// No thread of its own: of those that wait, one runs the transaction for all who stand in the queue at that moment.
// Whoever comes meanwhile is in the next one.
class CommitQueue {
public:
    // Must be fit to run again: when a work fails, the transaction is rolled back and its works are tried one by one.
    // Not so when the commit failed: whether they took effect is unknown then, and all are told so. Must not use the
    // database but by the connection.
    using Work = std::function<void(Connection&)>;
    // Runs the works in one transaction, all or none. Throws what a work or the database throws.
    using Transact = std::function<void(std::span<const Work* const>)>;

    explicit CommitQueue(Transact transact) : transact_(std::move(transact)) {}

    // Returns when `work` is on disk, or throws why it is not. Any thread; the first one to come does it for all.
    // `work` is referred to until run() returns, and may run more than once before that.
    void run(const Work& work);

private:
    class Waiting;
    // Puts it into the queue. Whether it is to commit, as nobody else does.
    bool leads(Waiting& mine);
    std::vector<Waiting*> take_all();
    // Who commits next, and is to be told; null if nobody waits.
    Waiting* next_leader();
    // Runs a batch and writes into each of it what became of it.
    void commit(const std::vector<Waiting*>& batch);

    Transact transact_;
    std::mutex mutex_;  // of what follows
    std::vector<Waiting*> waiting_;
    bool committing_ = false;
};

}  // namespace keyhold::store
