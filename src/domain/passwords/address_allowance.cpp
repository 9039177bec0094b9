// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/address_allowance.hpp"

#include <algorithm>

namespace keyhold::domain {

namespace {

using std::chrono::milliseconds;

// Buckets that are not full, about 1 MiB. Each costs whoever wants to fill them a password hash, and is full again
// after seconds.
constexpr std::size_t most_buckets = 16'384;

}  // namespace

AddressAllowance::AddressAllowance(std::int64_t burst, std::int64_t per_minute)
    : burst_(burst), per_token_(60'000 / std::max<std::int64_t>(per_minute, 1)) {}

std::chrono::seconds AddressAllowance::window() const {
    return std::chrono::ceil<std::chrono::seconds>(per_token_ * burst_);
}

// An empty bucket is full after burst_ tokens' time: if not, the clock was set back.
void AddressAllowance::cap(Bucket& bucket, milliseconds now) const {
    bucket.full_at = std::min(bucket.full_at, now + per_token_ * burst_);
}

milliseconds AddressAllowance::missing(const Bucket& bucket, milliseconds now) const {
    // A bucket with a token has at most burst_ - 1 tokens' time to go until it is full.
    return std::max(bucket.full_at - now - per_token_ * (burst_ - 1), milliseconds(0));
}

std::chrono::seconds AddressAllowance::wait(const IpAddress& address, Time now) {
    if (burst_ == 0) return {};
    const std::lock_guard lock(mutex_);
    const auto at = buckets_.find(address.network());
    if (at == buckets_.end()) return {};
    cap(at->second, now.time_since_epoch());
    return std::chrono::ceil<std::chrono::seconds>(missing(at->second, now.time_since_epoch()));
}

AddressAllowance::Took AddressAllowance::take(const IpAddress& address, Time time) {
    if (burst_ == 0) return Took::token;
    const milliseconds now = time.time_since_epoch();
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= most_buckets) make_room(now);
    Bucket& bucket = buckets_[address.network()];
    // It is full: it begins anew, and may be emptied, and told of, once more.
    if (bucket.full_at <= now) bucket = {now, false};
    cap(bucket, now);
    if (missing(bucket, now) > milliseconds(0)) return Took::nothing;
    bucket.full_at += per_token_;
    if (bucket.emptied || missing(bucket, now) == milliseconds(0)) return Took::token;
    bucket.emptied = true;
    return Took::last_token;
}

Result<> AddressAllowance::spend(std::string_view address, Time now, Errc refusal, std::string_view policy) {
    const auto from = IpAddress::parse(address);
    if (!from || take(*from, now) != Took::nothing) return {};
    // A client that is told to wait for 0 seconds would come again at once.
    return Error(refusal, Quota{policy, burst_, window(), std::max(wait(*from, now), std::chrono::seconds(1))});
}

void AddressAllowance::make_room(milliseconds now) {
    // Full buckets are the same as none. If that is not enough an arbitrary one goes, as to search for the fullest
    // would take long.
    std::erase_if(buckets_, [now](const auto& entry) { return entry.second.full_at <= now; });
    if (buckets_.size() >= most_buckets) buckets_.erase(buckets_.begin());
}

}  // namespace keyhold::domain
