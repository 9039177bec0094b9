// SPDX-License-Identifier: Apache-2.0
#include "store/database/commit_queue.hpp"

#include <exception>
#include <utility>

#include "store/database/link.hpp"

namespace keyhold::store {

struct CommitQueue::Waiting {
    const Work* work;
    std::exception_ptr failure;
    bool done = false;
};

void CommitQueue::run(const Work& work) {
    Waiting mine{&work, nullptr};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    // A thread that wakes and finds no other thread committing does it itself, so the queue needs no thread of its own.
    while (!mine.done) {
        if (committing_) {
            done_.wait(lock);
            continue;
        }
        committing_ = true;
        const auto batch = std::exchange(waiting_, {});
        lock.unlock();
        commit(batch);
        lock.lock();
        // Under the lock: a thread that is told may return at once, and `batch` holds pointers into its stack.
        for (Waiting* one : batch) one->done = true;
        committing_ = false;
        done_.notify_all();
    }
    lock.unlock();
    if (mine.failure) std::rethrow_exception(mine.failure);
}

// Never throws: everybody is told their own failure.
void CommitQueue::commit(const std::vector<Waiting*>& batch) {
    if (batch.size() > 1) try {
            std::vector<const Work*> works;
            works.reserve(batch.size());
            for (const Waiting* one : batch) works.push_back(one->work);
            return transact_(works);
        } catch (const CommitUnknown&) {
            for (Waiting* one : batch) one->failure = std::current_exception();
            return;
        } catch (...) {  // NOLINT(bugprone-empty-catch): somebody's work failed, the others' shall not: below
        }
    // A single work, or the works of a batch that was undone, each in a transaction of its own: whoever was wrong is
    // found out, and the others succeed.
    for (Waiting* one : batch) try {
            transact_({&one->work, 1});
        } catch (...) {
            one->failure = std::current_exception();
        }
}

}  // namespace keyhold::store
