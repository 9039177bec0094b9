// SPDX-License-Identifier: Apache-2.0
#include "http/connection/admission.hpp"

#include "http/errors.hpp"

namespace keyhold::http {
namespace {

bool is_of_this_machine(const IpAddress& address) {
    static const IpNetwork v4 = IpNetwork::parse("127.0.0.0/8").value(), v6 = IpNetwork::parse("::1").value();
    return v4.holds(address) || v6.holds(address);
}

}  // namespace

std::optional<Admission::Slot> Admission::enter(std::string_view text) {
    const auto address = IpAddress::parse(text);
    // Counted first and looked at afterwards: of two threads that let clients in at the same moment each gets another
    // number, so together they cannot pass the limit.
    const std::size_t before = count_.fetch_add(1);
    if (before >= limits_.all + told_at_once) {
        --count_;
        return std::nullopt;
    }
    const bool full = before >= limits_.all;
    const std::optional<Errc> too_many = full ? std::optional<Errc>(errors::too_many_connections) : std::nullopt;
    if (!address || is_of_this_machine(*address) || (limits_.speaks_for_many && limits_.speaks_for_many(*address)))
        return Slot(*this, nullptr, too_many);
    const std::lock_guard lock(mutex_);
    auto& of = *by_address_.try_emplace(address->network(), 0).first;
    // A client that is only told that all places are taken is counted for its address as well, because leave() will
    // count it down again.
    if (of.second++ < limits_.per_address || full) return Slot(*this, &of, too_many);
    if (of.second <= limits_.per_address + told_at_once) return Slot(*this, &of, errors::too_many_of_address);
    // At least `told_at_once` others of the address are still counted, so the element is needed.
    --of.second;
    --count_;
    return std::nullopt;
}

void Admission::leave(ByAddress::value_type* of) {
    --count_;
    if (of == nullptr) return;
    const std::lock_guard lock(mutex_);
    if (--of->second == 0) by_address_.erase(of->first);
}

}  // namespace keyhold::http
