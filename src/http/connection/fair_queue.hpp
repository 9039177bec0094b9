// SPDX-License-Identifier: Apache-2.0
// Whose request is next: a queue in which nobody's share grows with the number of requests that he sends
// (docs/decisions/0058-fair-queue.md).
//
// Those who are known and strangers wait apart; within each kind networks take turns, and within a network accounts.
// Whoever would wait too long is refused at once, by how fast requests were done lately.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ip_address.hpp"
#include "http/connection/pace.hpp"

namespace keyhold::http {

// By whom a request counts in the queue.
struct Payer {
    IpAddress network{};     // IPv6: the /64. All zero: no address, as over a Unix socket
    std::string known = {};  // the account that a known device or a live session belongs to; empty: a stranger
};

// First come, first served.
template <class T>
class Fifo {
public:
    void push(T item) { items_.push_back(std::move(item)); }
    T pop() {
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }
    std::size_t size() const { return items_.size(); }
    // How many are taken before an item that is pushed after this call.
    std::size_t ahead() const { return items_.size(); }

private:
    std::deque<T> items_;
};

// Several owners with a queue each, one item of each in turn. The keys behind an owner's own are those of its queue.
// Owners that have nothing in the queue take up no memory and lose their turn; one that comes back begins at the end.
// Both operations take constant time, however many wait.
template <class Owner, class Queue, class Hash = std::hash<Owner>>
class InTurns {
public:
    // If this throws for want of memory, the queue is as before: an owner in the order without an item would break
    // pop().
    template <class T, class... Rest>
    void push(T item, const Owner& owner, const Rest&... rest) {
        if (const auto at = by_owner_.find(owner); at != by_owner_.end()) {
            at->second->queue.push(std::move(item), rest...);
        } else {
            // Built outside of the order and spliced in last: splice() cannot throw, and everything before it leaves
            // order_ as it was.
            std::list<Turn> newest;
            newest.push_back(Turn{owner, {}});
            newest.front().queue.push(std::move(item), rest...);
            by_owner_.emplace(owner, newest.begin());
            order_.splice(order_.end(), newest);
        }
        ++size_;
    }

    // Not when it is empty.
    auto pop() {
        const auto first = order_.begin();
        auto item = first->queue.pop();
        --size_;
        if (first->queue.size() > 0) {
            order_.splice(order_.end(), order_, first);
        } else {
            by_owner_.erase(first->owner);
            order_.erase(first);
        }
        return item;
    }

    std::size_t size() const { return size_; }

    // At most so many are taken before the owner's next item.
    // An upper bound: before the owner's item come its own earlier ones, and between two of these every other owner has
    // one turn. Never more than all that wait.
    template <class... Rest>
    std::size_t ahead(const Owner& owner, const Rest&... rest) const {
        const auto at = by_owner_.find(owner);
        if (at == by_owner_.end()) return std::min(size_, order_.size());
        const std::size_t own = at->second->queue.ahead(rest...);
        return std::min(size_, own + (own + 1) * (order_.size() - 1));
    }

private:
    struct Turn {
        Owner owner;
        Queue queue;
    };
    std::list<Turn> order_;  // whose turn is first; all of them have something
    std::unordered_map<Owner, typename std::list<Turn>::iterator, Hash> by_owner_;
    std::size_t size_ = 0;
};

// Either limit may decide alone: a pool that is bounded by time has so many places that they hardly ever run out, and
// one that is bounded by places has no longest_wait.
struct QueueLimits {
    std::size_t places = 10'000;  // of each kind
    // A request that is expected to wait longer is refused at once. One that has waited twice as long after all is
    // refused then, unless the work itself takes longer.
    std::chrono::nanoseconds longest_wait = std::chrono::nanoseconds::max();
    std::chrono::nanoseconds pace = std::chrono::nanoseconds(0);  // between two that are done, until it is measured
};

// No thread, no clock, no lock of its own: its owner holds one, and says what time it is.
template <class T>
class FairQueue {
public:
    using Time = std::chrono::steady_clock::time_point;

    // `threads` take items, and tell when they are done.
    FairQueue(std::size_t threads, QueueLimits limits) : limits_(limits), pace_(threads, limits.pace) {}

    // How long the payer should stay away, if its next item has to be refused: until there is a place for it, in whole
    // seconds, at least 1.
    std::optional<std::chrono::seconds> refusal(const Payer& payer, Time now) const {
        const auto wait = wait_of(payer, now);
        // A thread that is free takes its item at once, so free threads count as places.
        const bool is_full = kind_of(payer).size() >= limits_.places + pace_.free();
        if (!is_full && wait <= limits_.longest_wait) return std::nullopt;
        const auto until = wait > limits_.longest_wait ? wait - limits_.longest_wait : pace_.between(now);
        return std::max(std::chrono::ceil<std::chrono::seconds>(until), std::chrono::seconds(1));
    }

    // How long the payer's next item would wait. Nobody waits while a thread is free.
    std::chrono::nanoseconds wait_of(const Payer& payer, Time now) const {
        std::size_t ahead = kind_of(payer).ahead(payer.network, payer.known);
        // How many of the other kind are served meanwhile. Before the n-th stranger: up to n times `turns_of_known`
        // known ones. Before a known one: one stranger for each `turns_of_known` known ones ahead, and one more.
        ahead += payer.known.empty() ? std::min(known_.size(), (ahead + 1) * turns_of_known)
                                     : std::min(strangers_.size(), ahead / turns_of_known + 1);
        if (ahead < pace_.free()) return std::chrono::nanoseconds(0);
        return pace_.between(now) * static_cast<std::int64_t>(ahead + 1 - pace_.free());
    }

    // Whether there is room is refusal()'s to say, before; nothing is refused here.
    void push(const Payer& payer, T item, Time now) {
        (payer.known.empty() ? strangers_ : known_).push(Waiting{std::move(item), now}, payer.network, payer.known);
    }

    struct Taken {
        T item;
        bool is_late;  // it has waited too long: refuse it
    };
    // The next one, for a thread that is free; done() is called when it is over.
    std::optional<Taken> take(Time now) {
        if (size() == 0) return std::nullopt;
        Waiting next = pop();
        pace_.began(now);
        return Taken{std::move(next.item), limits_.longest_wait < longest && now - next.since > patience()};
    }
    // On each take() follows exactly one done(), or free() would be wrong for ever.
    void done(Time now) { pace_.done(now, size() > 0); }

    // Everything that waits, in order.
    std::vector<T> clear() {
        std::vector<T> all;
        while (size() > 0) all.push_back(pop().item);
        return all;
    }

    std::size_t size() const { return known_.size() + strangers_.size(); }
    std::size_t running() const { return pace_.running(); }

private:
    // `since`: when it was pushed. An item that is late is not thrown away here, as its client has to be told.
    struct Waiting {
        T item;
        Time since;
    };
    using Kind = InTurns<IpAddress, InTurns<std::string, Fifo<Waiting>>, IpAddress::Hash>;

    // While both wait, two who are known come before one stranger: strangers cannot keep the known out, and an attacker
    // who has an account cannot keep strangers out.
    static constexpr std::size_t turns_of_known = 2;

    static constexpr auto longest = std::chrono::nanoseconds::max();

    // Hashes that began together are done together: whoever came a moment later waits for all of their time.
    std::chrono::nanoseconds patience() const { return std::max(2 * limits_.longest_wait, pace_.work()); }

    const Kind& kind_of(const Payer& payer) const { return payer.known.empty() ? strangers_ : known_; }

    // Not when it is empty. The kind whose turn it is, and within it the next network and account.
    Waiting pop() {
        const bool takes_known = known_.size() > 0 && (strangers_.size() == 0 || known_in_a_row_ < turns_of_known);
        known_in_a_row_ = takes_known && strangers_.size() > 0 ? known_in_a_row_ + 1 : 0;
        return takes_known ? known_.pop() : strangers_.pop();
    }

    const QueueLimits limits_;
    Kind known_;
    Kind strangers_;
    std::size_t known_in_a_row_ = 0;  // while a stranger waited
    Pace pace_;
};

}  // namespace keyhold::http
