// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/status_lists.hpp"

#include <zlib.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/base64url.hpp"
#include "base/json.hpp"

namespace keyhold::domain {
namespace {

// Taken from the database at once, so that one log-in of so many writes them. Those that are left when the process ends
// are nobody's.
constexpr std::int64_t numbers_at_once = 1'024;

// For how long a list that somebody keeps on is believed at most; it should be asked for again much sooner.
constexpr std::chrono::seconds list_lifetime{300};

// 4 MiB where each is as large as one can be. More lists than these are made anew for each question.
constexpr std::size_t most_kept = 256;

std::int64_t seconds_of(Time time) { return std::int64_t{time.time_since_epoch().count()}; }

void write_bit(std::string& bytes, std::int64_t at, bool bit) {
    // §4.1: the first place is the lowest bit of the first byte.
    const auto mask = static_cast<unsigned char>(1U << (at % 8));
    auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(at / 8)]);
    byte = static_cast<unsigned char>(bit ? byte | mask : byte & ~mask);
    bytes[static_cast<std::size_t>(at / 8)] = static_cast<char>(byte);
}

}  // namespace

std::int64_t StatusNumbers::take() {
    const std::lock_guard lock(mutex_);
    if (left_.empty()) {
        const std::int64_t first = store_.take(numbers_at_once);
        left_.reserve(numbers_at_once);
        for (std::int64_t i = 0; i < numbers_at_once; ++i) left_.push_back(first + i);
    }
    // By chance, so that a number says little of when a session began (§12.5).
    std::uint32_t drawn = 0;
    unsigned char bytes[sizeof drawn];
    random_.fill(bytes);
    std::memcpy(&drawn, bytes, sizeof drawn);
    std::swap(left_[drawn % left_.size()], left_.back());
    const std::int64_t number = left_.back();
    left_.pop_back();
    return number;
}

std::optional<std::string> StatusLists::written(std::int64_t list) {
    if (!are_on_ || !id_tokens_.can_issue()) return std::nullopt;
    const Time now = clock_.now();
    {
        const std::lock_guard lock(mutex_);
        const auto made = made_.find(list);
        if (made != made_.end() && made->second.at <= now && now - made->second.at < kept_for) return made->second.text;
    }
    const std::int64_t first = list * places_in_list;
    const auto numbers = store_.read(first, first + places_in_list);
    if (first >= numbers.next) return std::nullopt;
    std::string text = make(list, numbers, now);
    const std::lock_guard lock(mutex_);
    if (made_.size() >= most_kept) made_.clear();
    made_.insert_or_assign(list, Made{now, text});
    return text;
}

std::string StatusLists::make(std::int64_t list, const store::ListedSessions& numbers, Time now) {
    const std::int64_t first = list * places_in_list;
    // VALID is 0 and INVALID 1 (§7.1). A session that a restore lost has no row that says that it is over.
    std::string bytes(places_in_list / 8, '\0');
    for (std::int64_t at = 0; at < places_in_list && first + at < numbers.lost_below; ++at) write_bit(bytes, at, true);
    for (const std::int64_t number : numbers.live) write_bit(bytes, number - first, false);
    for (const std::int64_t number : numbers.ended) write_bit(bytes, number - first, true);
    std::string claims;
    json::Writer out(claims);
    out.begin_object();
    out.member("iss", id_tokens_.issuer());
    out.member("sub", status_lists_at(id_tokens_.issuer()) + std::to_string(list));
    out.member("iat", seconds_of(now));
    out.member("exp", seconds_of(now + list_lifetime));
    out.member("ttl", std::int64_t{kept_for.count()});
    out.name("status_list");
    out.begin_object();
    out.member("bits", std::int64_t{1});
    out.member("lst", compressed_list(bytes));
    out.end_object();
    out.end_object();
    return id_tokens_.sign_status_list(claims);
}

std::string status_lists_at(std::string_view issuer) {
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    return std::string(issuer) + "/oauth/status-lists/";
}

std::string status_claim(std::int64_t number, std::string_view lists_at) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.name("status_list");
    out.begin_object();
    out.member("idx", number % places_in_list);
    out.member("uri", std::string(lists_at) + std::to_string(number / places_in_list));
    out.end_object();
    out.end_object();
    return text;
}

std::string compressed_list(std::string_view bytes) {
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string compressed(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(compressed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION) != Z_OK)
        throw std::runtime_error("zlib did not compress a status list");
    compressed.resize(size);
    return base64url::encode(compressed);
}

}  // namespace keyhold::domain
