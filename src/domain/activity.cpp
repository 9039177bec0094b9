// SPDX-License-Identifier: Apache-2.0
#include "domain/activity.hpp"

#include <algorithm>
#include <chrono>

#include "store/accounts/administration_store.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::domain {
namespace {

constexpr std::chrono::hours one{1};

// Events are written with the time of their transaction's end, on every node by its own clock: an hour is over for
// certain a moment after its end.
constexpr std::chrono::minutes stragglers{5};

// Rows of an index that one look counts before it leaves the rest to the next: about 100 ms of SQLite.
constexpr std::int64_t most_counted = 1'000'000;

constexpr std::chrono::seconds users_are_good_for{60};

}  // namespace

Activity::Hour& Activity::Hour::operator+=(const Hour& other) {
    signed_in += other.signed_in;
    refused += other.refused;
    registered += other.registered;
    return *this;
}

Activity::Hour Activity::count(Time begin) {
    store::EventStore events(stores_.database);
    Hour hour;
    for (const store::KindCount& one_kind : events.count_kinds(begin, begin + one)) {
        const auto is = [&](const store::EventKind& kind) { return one_kind.kind == kind.code; };
        if (is(store::event_kind("signed_in"))) hour.signed_in = one_kind.count;
        if (is(store::event_kind("registered"))) hour.registered = one_kind.count;
        if (is(store::event_kind("refused")) || is(store::event_kind("locked"))) hour.refused += one_kind.count;
        // One row tells of many refusals that have no row of their own.
        if (is(store::event_kind("more_refused")))
            hour.refused += events.count_times(store::event_kind("more_refused"), begin, begin + one);
    }
    return hour;
}

Activity::Report Activity::report() {
    const Time now = clock_.now();
    // Whole hours since 1970: hours of UTC, as no time zone is in them.
    const auto present = now.time_since_epoch() / one;
    Report report;
    report.begin = Time((present + 1 - std::int64_t{hours}) * one);
    const std::scoped_lock lock(mutex_);
    // Hours that are too old to be shown go, so that the map never holds more than 720.
    over_.erase(over_.begin(), over_.lower_bound(present + 1 - std::int64_t{hours}));
    // Counted again as well where the clock was set back: a count from the future would be good for ever otherwise.
    if (now - users_counted_at_ >= users_are_good_for || now < users_counted_at_) {
        users_ = store::AdministrationStore(stores_.database).count();
        users_counted_at_ = now;
    }
    report.users = users_;
    std::int64_t counted = 0;
    // From the present hour backwards, so that it is the oldest hours that are left out where there is too much to
    // count.
    for (std::size_t back = 0; back < hours; ++back) {
        const std::int64_t number = present - static_cast<std::int64_t>(back);
        Hour& shown = report.by_hour[hours - 1 - back];
        if (const auto known = over_.find(number); known != over_.end()) {
            shown = known->second;
            continue;
        }
        if (counted >= most_counted) {
            report.is_complete = false;
            break;
        }
        shown = count(Time(number * one));
        counted += shown.signed_in + shown.refused + shown.registered;
        // The present hour, and one that is over for less than the stragglers' time, may still get events.
        if (now - Time((number + 1) * one) >= stragglers) over_.emplace(number, shown);
    }
    return report;
}

}  // namespace keyhold::domain
