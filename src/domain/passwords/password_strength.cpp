// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/password_strength.hpp"

#include <zxcvbn.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "base/text.hpp"

namespace keyhold::domain {

namespace {

// Guesses are powers of two here: 10^3, 10^6, 10^8 and 10^10.
constexpr std::array score_bits{9.97, 19.93, 26.58, 33.22};

// Shorter ones say nothing about anybody.
constexpr std::size_t shortest_word = 3;
// More do not come out of a name; each costs a search.
constexpr std::size_t most_words = 16;

constexpr std::string_view repeated = "it repeats itself";

// By zxcvbn's kinds of matches, in their order.
constexpr std::array weaknesses{
    std::string_view("it is too short"),                                           // NON_MATCH
    std::string_view("it is too short"),                                           // BRUTE_MATCH
    std::string_view("it is mostly a common word, name or password"),              // DICTIONARY_MATCH
    std::string_view("it is mostly a common word, name or password with letters "  //
                     "swapped for signs, which guessers try too"),                 // DICT_LEET_MATCH
    std::string_view("it is mostly the username or the name of this service"),     // USER_MATCH
    std::string_view("it is mostly the username or the name of this service"),     // USER_LEET_MATCH
    repeated,                                                                      // REPEATS_MATCH
    std::string_view("it is mostly a sequence, as abc or 4321 are"),               // SEQUENCE_MATCH
    std::string_view("it is mostly a row of neighbouring keys"),                   // SPATIAL_MATCH
    std::string_view("it is mostly a date"),                                       // DATE_MATCH
    std::string_view("it is mostly a year"),                                       // YEAR_MATCH
    repeated,                                                                      // LONG_PWD_MATCH
};

struct FreeMatches {
    void operator()(ZxcMatch_t* matches) const { ZxcvbnFreeInfo(matches); }
};
using Matches = std::unique_ptr<ZxcMatch_t, FreeMatches>;

// What most of its characters are.
std::string_view weakness_of(const ZxcMatch_t* matches) {
    std::map<std::string_view, int> characters;
    for (const ZxcMatch_t* match = matches; match != nullptr; match = match->Next) {
        const auto type = static_cast<unsigned>(match->Type);
        // zxcvbn adds this to the kind of a part that comes several times.
        const auto kind = type % static_cast<unsigned>(MULTIPLE_MATCH);
        const bool repeats = type >= static_cast<unsigned>(MULTIPLE_MATCH);
        characters[repeats || kind >= weaknesses.size() ? repeated : weaknesses[kind]] += match->Length;
    }
    const auto most = std::max_element(characters.begin(), characters.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most != characters.end() ? most->first : weaknesses[0];
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
    const std::string lower = ascii_lower(text);
    std::vector<std::string> words{lower};
    for (auto begin = lower.begin(); begin != lower.end() && words.size() < most_words;) {
        const auto first = std::find_if(begin, lower.end(), is_letter);
        begin = std::find_if_not(first, lower.end(), is_letter);
        words.emplace_back(first, begin);
    }
    std::erase_if(words, [](const std::string& word) { return word.size() < shortest_word; });
    return words;
}

PasswordStrength measure_strength(const Secret& password, std::span<const std::string> context) {
    std::vector<const char*> words;
    for (const std::string& word : context) words.push_back(word.c_str());
    words.push_back(nullptr);
    ZxcMatch_t* found = nullptr;
    // A Secret's text is a std::string's, with its NUL behind it.
    const double bits = ZxcvbnMatch(password.reveal().data(), words.data(), &found);
    const Matches matches(found);
    // The number of thresholds that the guesses reach.
    const auto score = std::upper_bound(score_bits.begin(), score_bits.end(), bits) - score_bits.begin();
    return {static_cast<int>(score), weakness_of(matches.get()), bits};
}

}  // namespace keyhold::domain
