// SPDX-License-Identifier: Apache-2.0
// How many connections there may be, in all and from one address: shared by the I/O threads, asked when one begins and
// when it ends (docs/decisions/0025-connection-limits.md).
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/errors.hpp"
#include "base/ip_address.hpp"

namespace keyhold::http {

// Numbers of connections that are open at the same time, whatever they do. Zero is no special value: nobody would get
// in.
struct ConnectionLimits {
    std::size_t all = 16'384;
    std::size_t per_address = 1'024;  // IPv6: of one /64
    // Whether an address stands for many clients, as that of a proxy does, and is not limited as one. This machine's
    // own addresses always do.
    std::function<bool(const IpAddress&)> speaks_for_many = {};
};

// One object for all I/O threads. The whole count is one atomic number, so that it costs a connection no lock where its
// address is not counted (proxies, this machine); the counts per address are under a mutex, which is taken once when a
// connection begins and once when it ends.
class Admission {
    using ByAddress = std::unordered_map<IpAddress, std::size_t, IpAddress::Hash>;

public:
    explicit Admission(ConnectionLimits limits) : limits_(std::move(limits)) {}

    // One connection's slot; given back when it goes. It must not outlive the Admission.
    class Slot {
    public:
        Slot(Slot&& other) noexcept
            : admission_(std::exchange(other.admission_, nullptr)), of_(other.of_), refusal_(other.refusal_) {}
        Slot& operator=(Slot&&) = delete;
        ~Slot() { give_back(); }
        // Earlier than that: the connection is closed, though something still refers to it.
        void give_back() {
            if (Admission* const admission = std::exchange(admission_, nullptr)) admission->leave(of_);
        }
        // Why the connection has to be turned away, or nothing.
        std::optional<Errc> refusal() const { return refusal_; }

    private:
        friend Admission;
        Slot(Admission& admission, ByAddress::value_type* of, std::optional<Errc> refusal)
            : admission_(&admission), of_(of), refusal_(refusal) {}
        Admission* admission_;
        // Elements of an unordered_map keep their place when it grows, so the pointer holds until leave() erases the
        // element.
        ByAddress::value_type* of_;  // null: nobody counts
        std::optional<Errc> refusal_;
    };

    // A slot even for those who are turned away, so that they can be told; empty when there are too many of them too:
    // then all that can be done is to hang up. Whoever comes from no IP address is on this machine.
    std::optional<Slot> enter(std::string_view address);

    // Slots are getting scarce: who is silent should go soon.
    // From seven eighths on. Without a lock: the number may be a moment old, which only moves the border a little.
    bool is_crowded() const { return count_ > limits_.all - limits_.all / 8; }

private:
    // Undoes enter(); from any I/O thread, when a Slot goes. Null for a connection that no address is counted for.
    void leave(ByAddress::value_type* of);

    // So many may be told at once that they came in vain.
    // Each one who is told holds a descriptor and a connection beyond the limit for as long as its answer takes, so
    // there are few of them.
    static constexpr std::size_t told_at_once = 64;

    const ConnectionLimits limits_;
    std::atomic<std::size_t> count_ = 0;
    // Of `by_address_`. `count_` is atomic, so that is_crowded() needs no lock.
    std::mutex mutex_;
    ByAddress by_address_;
};

}  // namespace keyhold::http
