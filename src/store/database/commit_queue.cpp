// SPDX-License-Identifier: Apache-2.0
#include "store/database/commit_queue.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <utility>

#include "store/database/link.hpp"

namespace keyhold::store {

// Each has a condition of its own. With one for all, a commit would wake those too who wait for the next one, and all
// of them at one lock: with 32 threads on a core that cost as much as the rest of a refresh.
class CommitQueue::Waiting {
public:
    explicit Waiting(const Work& the_work) : work(&the_work) {}

    enum class Word : std::uint8_t { none, lead, done };
    // The object may be gone when this returns. Under its lock, which its thread needs to go on.
    void tell(Word word) {
        const std::lock_guard lock(mutex_);
        word_ = word;
        told_.notify_one();
    }
    Word wait() {
        std::unique_lock lock(mutex_);
        told_.wait(lock, [this] { return word_ != Word::none; });
        return word_;
    }

    const Work* const work;
    std::exception_ptr failure{};

private:
    std::mutex mutex_;
    std::condition_variable told_;
    Word word_ = Word::none;  // under mutex_
};

void CommitQueue::run(const Work& work) {
    Waiting mine(work);
    if (leads(mine) || mine.wait() == Waiting::Word::lead) {
        const auto batch = take_all();  // `mine` is in it
        commit(batch);
        for (Waiting* const one : batch)
            if (one != &mine) one->tell(Waiting::Word::done);
        // The next one last: where there are more threads than cores, those that are done come back with more work for
        // its transaction, and the disk is waited for less often.
        if (Waiting* const next = next_leader()) next->tell(Waiting::Word::lead);
    }
    if (mine.failure) std::rethrow_exception(mine.failure);
}

// A thread that finds no other thread committing does it itself, so the queue needs no thread of its own.
bool CommitQueue::leads(Waiting& mine) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&mine);
    return !std::exchange(committing_, true);
}

std::vector<CommitQueue::Waiting*> CommitQueue::take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
}

// It stays among those that wait until it has woken, and takes along who came meanwhile.
CommitQueue::Waiting* CommitQueue::next_leader() {
    const std::lock_guard lock(mutex_);
    committing_ = !waiting_.empty();
    return committing_ ? waiting_.front() : nullptr;
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
