// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "base/text.hpp"
#include "keyhold/metrics.hpp"

namespace keyhold {
namespace {

// https://prometheus.io/docs/concepts/data_model/ without capitals and colons, which are for rules.
bool is_name(std::string_view name) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_ascii_digit(c); });
}

[[noreturn]] void refuse(const std::string& name, std::string_view why) {
    throw std::logic_error(("the metric " + name + " ").append(why));
}

}  // namespace

OwnMetrics::Metric& OwnMetrics::add(std::string name, std::string help) {
    if (!is_name(name)) refuse(name, "has a name of other characters than a-z, 0-9 and _");
    for (const std::string_view prefix : {"keyhold_", "process_"})
        if (name.starts_with(prefix)) refuse(name, "has the name of one of Keyhold's");
    if (std::ranges::find(all_, name, &Metric::name) != all_.end()) refuse(name, "is there twice");
    return all_.emplace_back(Metric{std::move(name), std::move(help), nullptr, nullptr});
}

Counter& OwnMetrics::counter(std::string name, std::string help) {
    // https://prometheus.io/docs/practices/naming/
    if (!name.ends_with("_total")) refuse(name, "counts, so its name ends in _total");
    Metric& made = add(std::move(name), std::move(help));
    made.counter = std::make_unique<Counter>();
    return *made.counter;
}

Gauge& OwnMetrics::gauge(std::string name, std::string help) {
    Metric& made = add(std::move(name), std::move(help));
    made.gauge = std::make_unique<Gauge>();
    return *made.gauge;
}

}  // namespace keyhold
