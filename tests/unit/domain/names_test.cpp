// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/names.hpp"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <array>
#include <cstdio>
#include <memory>

namespace keyhold::domain {

namespace {

std::string utf8(std::int32_t point) {
    std::array<unsigned char, 4> bytes{};
    const auto size = utf8proc_encode_char(point, bytes.data());
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)};
}

std::string key(std::string_view typed) {
    const auto name = parse_name(typed);
    return name ? name->key : "refused: " + name.error().fields().at(0).msg;
}

std::string refusal(std::string_view typed) {
    const auto name = parse_name(typed);
    if (name) return "accepted";
    EXPECT_EQ(name.error().errc(), errors::validation_failed);
    EXPECT_EQ(name.error().fields().size(), 1u);
    const auto& loc = name.error().fields().at(0).loc;
    EXPECT_EQ(loc.at(0).text() + "." + loc.at(1).text(), "body.username");
    EXPECT_EQ(loc.size(), 2U);
    return name.error().fields().at(0).type;
}

}  // namespace

TEST(Names, show_what_was_typed_and_compare_without_case) {
    const auto bob = parse_name("Bob.Smith+1@Example.org");
    ASSERT_TRUE(bob.ok());
    EXPECT_EQ(bob->shown, "Bob.Smith+1@Example.org");
    EXPECT_EQ(bob->key, "bob.smith+1@example.org");
    EXPECT_EQ(parse_name("testuser")->key, "testuser");
}

// Foldings from CaseFolding.txt and decompositions from UnicodeData.txt, Unicode 15.0.0.
TEST(Names, that_unicode_calls_equal_are_one_person) {
    const std::vector<std::array<std::string, 2>> equal{
        {"\u212Aelvin", "kelvin"},                     // 212A; C; 006B
        {"\uFF22\uFF4F\uFF42", "bob"},                 // <wide> 0042 ...
        {"Stra\u00DFe", "STRASSE"},                    // 00DF; F; 0073 0073
        {"stra\u1E9Ee", "strasse"},                    // 1E9E; F; 0073 0073
        {"\uFB01sh", "fish"},                          // <compat> 0066 0069
        {"b\u00F3b", "bo\u0301b"},                     // 00F3 = 006F 0301
        {"\u017Fam", "sam"},                           // 017F; C; 0073
        {"\uAB70\uAB71", "\u13A0\u13A1"},              // AB70; C; 13A0 (Cherokee folds to its capitals)
        {"\u1100\u1161\u11A8", "\uAC01"},              // conjoining jamo compose (Unicode 3.12)
        {"\uFFA1\uFFC2", "\uAC00"},                    // <narrow> 3131 -> 1100, 314F -> 1161
        {"\u03A3\u03C2\u03C3", "\u03C3\u03C3\u03C3"},  // 03C2; C; 03C3
        {"\u0130", "i\u0307"},                         // 0130; F; 0069 0307
        {"\u2121", "tel"},                             // <compat> 0054 0045 004C
        {"x\u00B2", "x2"},                             // <super> 0032
        {"\u1F80", "\u1F00\u03B9"},                    // 1F80; F; 1F00 03B9
        {"bob\u00A0smith", "bob smith"},               // <noBreak> 0020
        {"bob\u3000smith", "bob smith"},               // <wide> 0020
    };
    for (const auto& [one, other] : equal) EXPECT_EQ(key(one), key(other)) << one;
    EXPECT_NE(key("\u0131"), key("i")) << "dotless i folds to i in Turkish alone (CaseFolding.txt, status T)";
    EXPECT_NE(key("b\u00F3b"), key("bob"));
}

TEST(Names, that_differ_in_what_is_not_drawn_are_one_person) {
    for (const char* same : {"bo\u200Db", "bo\u200Cb", "bo\u034Fb", "bob\uFE0F", "bo\U000E0100b", "bo\u3164b",
                             "bo\u115Fb", "bo\uFFA0b", "bo\u17B4b"})
        EXPECT_EQ(key(same), "bob") << same;
    EXPECT_EQ(key("bob  smith"), "bob smith") << "HTML draws one space";
    EXPECT_EQ(key("bob \u3000 smith"), "bob smith");
    EXPECT_EQ(key("b\u00F3b \u200D smith"), key("b\u00F3b smith"));
}

TEST(Names, are_shown_in_nfc) { EXPECT_EQ(parse_name("Bo\u0301b")->shown, "B\u00F3b"); }

TEST(Names, may_be_in_any_script_and_hold_emoji) {
    for (const char* name : {"Łukasz", "Ирина", "山田太郎", "محمد", "हिन्दी", "김철수", "می\u200Cخواهم",
                             "\U0001F468\u200D\U0001F469\u200D\U0001F467", "O'Brien", "a b"})
        EXPECT_EQ(refusal(name), "accepted") << name;
}

TEST(Names, have_between_1_character_and_256_bytes) {
    EXPECT_EQ(refusal(""), "string_too_short");
    EXPECT_EQ(refusal("a"), "accepted");
    EXPECT_EQ(refusal(std::string(256, 'a')), "accepted");
    EXPECT_EQ(refusal(std::string(257, 'a')), "string_too_long");
    std::string sixteen, fifteen;
    for (int i = 0; i < 8; ++i) sixteen += "\uFDFA";  // <isolated>, 18 code points, 33 bytes each
    for (int i = 0; i < 7; ++i) fifteen += "\uFDFA";
    EXPECT_EQ(refusal(sixteen), "string_too_long") << "24 bytes that fold to 264";
    EXPECT_EQ(refusal(fifteen), "accepted") << "21 bytes that fold to 231";
}

TEST(Names, hold_no_white_space_at_their_ends) {
    for (const char* name :
         {" bob", "bob ", "\u00A0bob", "bob\u3000", "\u2003b\u00F3b", " ", "\u200D bob", "bob \uFE0F"})
        EXPECT_EQ(refusal(name), "value_error") << name;
    EXPECT_EQ(refusal("\u00A8bob"), "value_error") << "folds to a space and a mark";
    EXPECT_EQ(refusal("b ob"), "accepted");
}

TEST(Names, hold_nothing_that_a_terminal_or_a_log_obeys) {
    for (const std::string& name :
         {std::string("bo\0b", 4), std::string("bo\nb"), std::string("bo\tb"), std::string("bo\x1b[31mb"),
          std::string("bob\x7f"), std::string("bo\u0085b"), std::string("bo\u2028b"), std::string("bo\u2029b")})
        EXPECT_EQ(refusal(name), "value_error");
}

TEST(Names, hold_nothing_invisible_that_changes_how_they_look) {
    for (const char* name :
         {"bo\u202Eb", "\u202Abob", "bo\u2066b", "bo\u2069b", "bo\u200Eb", "bo\u200Bb", "bo\uFEFFb", "bo\u2060b",
          "bo\u00ADb", "bo\u180Eb", "bob\U000E0062", "bob\u2800", "bob\U0001D159", "bo\uFFF9b"})
        EXPECT_EQ(refusal(name), "value_error") << name;
    for (const char* name : {"\u200D", "\uFE0F", "\u3164", "\u034F\u115F"})
        EXPECT_EQ(refusal(name), "value_error") << "nothing is left of it";
}

TEST(Names, hold_no_code_point_without_a_meaning_of_its_own) {
    for (const std::int32_t point :
         {0x0378, 0xFFFF, 0xFDD0, 0x10FFFF, 0xE000, 0xF8FF, 0xF0000, 0x10FFFD, 0x2065, 0xE0000})
        EXPECT_EQ(refusal("bob" + utf8(point)), "value_error") << std::hex << point;
}

TEST(Names, do_not_begin_with_a_mark_that_lands_on_its_neighbour) {
    for (const char* name :
         {"\u0301", "\u0301bob", "\u0903bob", "\u20DDbob", "\u0345bob", "\u200D\u0301bob", "\uFF9Ebob"})
        EXPECT_EQ(refusal(name), "value_error") << name;
    EXPECT_EQ(refusal("bob\u0301"), "accepted");
}

TEST(Names, are_utf_8) {
    for (const char* name : {"\x80", "\xff", "b\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                             "\xF0\x80\x80\xAF", "b\xC3(b"})
        EXPECT_EQ(refusal(name), "value_error");
}

// Each code point alone, and among marks that may change places with it.
TEST(Names, have_keys_that_are_their_own_keys_for_every_code_point) {
    int accepted = 0;
    for (std::int32_t point = 1; point <= 0x10FFFF; ++point) {
        const auto category = utf8proc_category(point);
        if (category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CO || category == UTF8PROC_CATEGORY_CS)
            continue;
        const std::string one = utf8(point);
        std::vector<std::string> forms{one, "A" + one};
        if (category != UTF8PROC_CATEGORY_LO)  // 127,000 letters without case
            forms.insert(forms.end(), {"\u00E9" + one + "\u0301", "\u03B1" + one + "\u0345", one + "\u0345" + one,
                                       "a " + one + " b"});
        for (const std::string& typed : forms) {
            const auto name = parse_name(typed);
            if (!name) continue;
            ++accepted;
            const auto again = parse_name(name->key);
            ASSERT_TRUE(again.ok()) << std::hex << point << ": " << again.error().fields()[0].msg;
            ASSERT_EQ(again->key, name->key) << std::hex << point;
            const auto shown = parse_name(name->shown);
            ASSERT_TRUE(shown.ok()) << std::hex << point;
            ASSERT_EQ(shown->key, name->key) << std::hex << point;
            ASSERT_EQ(shown->shown, name->shown) << std::hex << point;
        }
    }
    EXPECT_GT(accepted, 300'000);
}

// Another implementation: Python's str.casefold and unicodedata, put together as Unicode 3.13 defines it (R5, D147).
// Foldings of assigned code points never change, so an older Python says the same of those it knows.
TEST(Names, fold_as_python_folds_them) {
    const char* const script = R"(python3 -c "
import unicodedata as u, sys
print('here')
def cf(c): return u.normalize('NFKC', u.normalize('NFKC', u.normalize('NFD', c).casefold()).casefold())
def fold(s):
    while True:
        t = u.normalize('NFC', ''.join(cf(c) for c in u.normalize('NFD', s)))
        if t == s: return s
        s = t
folds = [*range(0x80, 0x3400), *range(0xA000, 0xAC00), *range(0xD7A4, 0x20000), *range(0x2F800, 0x110000)]
for i in folds:  # the rest are ideographs and Hangul syllables, which fold to themselves
    if u.category(chr(i))[0] in 'LNPS': print('%x %s' % (i, fold('A' + chr(i) + '\u0301b').encode().hex()))
" 2>/dev/null)";
    const std::unique_ptr<FILE, int (*)(FILE*)> python(popen(script, "r"), pclose);
    ASSERT_TRUE(python);
    std::array<char, 512> line{};
    if (!fgets(line.data(), line.size(), python.get())) GTEST_SKIP() << "no python3 here";
    int compared = 0;
    while (fgets(line.data(), line.size(), python.get())) {
        unsigned point = 0;
        std::array<char, 400> hex{};
        ASSERT_EQ(std::sscanf(line.data(), "%x %399s", &point, hex.data()), 2);
        const auto name = parse_name("A" + utf8(static_cast<std::int32_t>(point)) + "\u0301b");
        if (!name) continue;
        std::string ours;
        for (const char byte : name->key) {
            std::array<char, 3> digits{};
            std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned char>(byte));
            ours += digits.data();
        }
        // Default-ignorable letters (the Hangul fillers) are left out by NFKC_Casefold; Python has no such property.
        const bool is_filler = point == 0x115F || point == 0x1160 || point == 0x3164 || point == 0xFFA0;
        if (!is_filler) {
            EXPECT_EQ(ours, hex.data()) << std::hex << point;
        }
        ++compared;
    }
    EXPECT_GT(compared, 15'000);
}

}  // namespace keyhold::domain
