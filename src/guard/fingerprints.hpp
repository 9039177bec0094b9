// SPDX-License-Identifier: Apache-2.0
// Many fingerprints in little memory: 8 bytes for each session that ended, found by a binary search.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"

namespace keyhold::guard {

using Fingerprint = std::uint64_t;

// Big endian, as in the feed.
inline Fingerprint read_fingerprint(std::string_view bytes) {
    Fingerprint read = 0;
    for (const char byte : bytes.substr(0, 8)) read = read << 8U | static_cast<unsigned char>(byte);
    return read;
}

// The first 64 bits of the SHA-256 of a session's or an account's id.
inline Fingerprint fingerprint_of(std::string_view id) { return read_fingerprint(crypto::sha256(id)); }

// A fingerprint and a time. Twelve bytes, where a pair of two numbers would take sixteen.
class DatedFingerprint {
public:
    // Seconds since 1970. What is behind 2106 is taken for that: whatever was issued until then is meant.
    DatedFingerprint(Fingerprint fingerprint, std::int64_t at)
        : high_(static_cast<std::uint32_t>(fingerprint >> 32U)),
          low_(static_cast<std::uint32_t>(fingerprint)),
          at_(static_cast<std::uint32_t>(std::clamp<std::int64_t>(at, 0, std::numeric_limits<std::uint32_t>::max()))) {}
    Fingerprint fingerprint() const { return Fingerprint{high_} << 32U | low_; }
    std::int64_t at() const { return at_; }
    auto operator<=>(const DatedFingerprint&) const = default;

private:
    std::uint32_t high_, low_, at_;
};

// Sorted pieces, so that adding one moves few and growing copies few. An Entry is a Fingerprint, or has one and is
// ordered by it first. One thread at a time.
template <class Entry>
class Fingerprints {
public:
    // Takes the place of an entry with the same fingerprint if it is greater.
    void add(Entry entry) {
        if (pieces_.empty()) pieces_.resize(piece_count);
        auto& piece = pieces_[piece_of(of(entry))];
        const auto place = lower_bound(piece, of(entry));
        if (place != piece.end() && of(*place) == of(entry)) {
            *place = std::max(*place, entry);
            return;
        }
        const auto at = place - piece.begin();
        // An eighth more at a time, where std::vector would double: memory matters more here than copying.
        if (piece.size() == piece.capacity()) piece.reserve(piece.size() + piece.size() / 8 + 4);
        piece.insert(piece.begin() + at, entry);
        ++size_;
    }

    // Null if it is not there; valid until the next add().
    const Entry* find(Fingerprint fingerprint) const {
        if (pieces_.empty()) return nullptr;
        const auto& piece = pieces_[piece_of(fingerprint)];
        const auto place = lower_bound(piece, fingerprint);
        return place != piece.end() && of(*place) == fingerprint ? &*place : nullptr;
    }

    void clear() {
        pieces_ = {};
        size_ = 0;
    }
    std::size_t size() const { return size_; }
    std::size_t bytes() const {
        std::size_t sum = pieces_.capacity() * sizeof(Piece);
        for (const Piece& piece : pieces_) sum += piece.capacity() * sizeof(Entry);
        return sum;
    }

private:
    using Piece = std::vector<Entry>;
    static constexpr std::size_t piece_count = 1024;  // 8 KiB each where there are a million entries

    static Fingerprint of(Fingerprint entry) { return entry; }
    static Fingerprint of(const DatedFingerprint& entry) { return entry.fingerprint(); }
    // The first 10 bits say the piece: fingerprints are digests, so all pieces fill alike.
    static std::size_t piece_of(Fingerprint fingerprint) { return fingerprint >> 54U; }
    template <class P>
    static auto lower_bound(P& piece, Fingerprint fingerprint) {
        return std::lower_bound(piece.begin(), piece.end(), fingerprint,
                                [](const Entry& entry, Fingerprint wanted) { return of(entry) < wanted; });
    }

    std::vector<Piece> pieces_;
    std::size_t size_ = 0;
};

}  // namespace keyhold::guard
