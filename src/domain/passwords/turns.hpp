// SPDX-License-Identifier: Apache-2.0
// The order in which attempts at one subject are settled: the order in which they began, whatever comes out of them.
//
// A wrong guess is settled by a write to the disk and a right one by little more than a look. Without an order the
// right one of many simultaneous guesses would overtake wrong ones that began before it, and would be told before they
// have locked the account (docs/decisions/0056-turns.md).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace keyhold::domain {

// Holds one queue for each subject with attempts under way: as many tickets as threads that hold one.
class Turns {
    struct Queue {
        std::deque<std::uint64_t> waiting;  // numbers of the tickets, the oldest first
        std::condition_variable changed;
    };
    using Queues = std::map<std::string, Queue, std::less<>>;

public:
    // A place in the queue of its subject, given up when it goes. Belongs to one thread, which must hold no other of
    // the same subject: it would wait for itself.
    class Ticket {
    public:
        Ticket() = default;  // of no queue: its turn is always
        Ticket(Ticket&& other) noexcept
            : turns_(std::exchange(other.turns_, nullptr)), queue_(other.queue_), number_(other.number_) {}
        Ticket& operator=(Ticket&& other) noexcept {
            std::swap(turns_, other.turns_);
            std::swap(queue_, other.queue_);
            std::swap(number_, other.number_);
            return *this;
        }
        ~Ticket() { give_up(); }

        // Returns when all that were taken before it have been given up. That cannot take for ever: who holds one is at
        // work or waits for somebody before him, so the first of a queue is at work.
        void wait();
        void give_up() noexcept;

    private:
        friend Turns;
        Ticket(Turns& turns, Queues::iterator queue, std::uint64_t number)
            : turns_(&turns), queue_(queue), number_(number) {}
        Turns* turns_ = nullptr;
        Queues::iterator queue_{};
        std::uint64_t number_ = 0;
    };

    Turns() = default;
    Turns(const Turns&) = delete;  // tickets refer to it
    Turns& operator=(const Turns&) = delete;

    // Any thread. Does not wait; Ticket::wait() does.
    Ticket take(const std::string& subject);
    // A place behind those that are waiting; of no queue, if nobody is. For attempts that are known to be right: they
    // change nothing, so nobody has to wait for them.
    Ticket take_if_others_wait(const std::string& subject);

    // How many tickets of a subject are out.
    std::size_t waiting(const std::string& subject) const;

private:
    mutable std::mutex mutex_;  // of what follows
    Queues queues_;
    std::uint64_t next_ = 0;
};

}  // namespace keyhold::domain
