// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

namespace keyhold::json {
namespace {

using namespace std::string_literals;

bool parses(std::string_view text) { return Document().parse(text).has_value(); }

std::string reason_for(std::string_view text) {
    Document document;
    return document.parse(text) ? "parsed" : document.error().reason;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string object_of(int members) {
    std::string text = "{";
    for (int i = 0; i < members; ++i) text += "\"member" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    return text + "\"last\":0}";
}

TEST(Json, reads_each_type) {
    Document document;
    const auto root = document.parse(R"( {"n":null,"t":true,"i":-5,"d":1.5,"s":"x","a":[1,[2],{"b":3}],"o":{}} )");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->size(), 7U);
    EXPECT_EQ(root->find("n")->type(), Type::null);
    EXPECT_EQ(root->find("t")->boolean(), true);
    EXPECT_EQ(root->find("i")->integer(), -5);
    EXPECT_EQ(root->find("i")->number(), -5.0);
    EXPECT_EQ(root->find("d")->number(), 1.5);
    EXPECT_EQ(root->find("d")->integer(), std::nullopt);
    EXPECT_EQ(root->find("s")->string(), "x");
    EXPECT_EQ(root->find("s")->number(), std::nullopt);
    EXPECT_EQ(root->find("o")->first(), std::nullopt);
    EXPECT_EQ(root->find("absent"), std::nullopt);
    const auto array = root->find("a");
    ASSERT_EQ(array->size(), 3U);
    EXPECT_EQ(array->first()->integer(), 1);
    EXPECT_EQ(array->first()->next()->first()->integer(), 2);
    EXPECT_EQ(array->first()->next()->next()->find("b")->integer(), 3);
    EXPECT_EQ(array->first()->next()->next()->next(), std::nullopt);
}

TEST(Json, reads_escapes_and_keeps_every_string) {
    Document document;
    const auto root = document.parse(R"({"a\u0062":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z","plain":"q","e":""})");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("ab")->string(), "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80z");
    EXPECT_EQ(root->find("plain")->string(), "q");
    EXPECT_EQ(root->find("e")->string(), "");
}

TEST(Json, a_nul_inside_a_string_is_kept) {
    Document document;
    EXPECT_EQ(document.parse(R"("a\u0000b")")->string(), "a\0b"s);
}

TEST(Json, a_document_can_be_moved_and_parsed_into_again) {
    Document document;
    const auto root = document.parse(R"({"a":"x\ny"})");
    const Document moved = std::move(document);
    EXPECT_EQ(root->find("a")->string(), "x\ny");
    Document again;
    ASSERT_FALSE(again.parse("{"));
    ASSERT_TRUE(again.parse(R"(["long enough to leave the small buffer of a string \n"])"));
    EXPECT_EQ(again.parse("7")->integer(), 7);
}

TEST(Json, numbers_are_exact_or_refused) {
    Document document;
    EXPECT_EQ(document.parse("9223372036854775807")->integer(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(document.parse("-9223372036854775808")->integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(document.parse("9223372036854775808")->integer(), std::nullopt);
    EXPECT_EQ(document.parse("9223372036854775808")->number(), 9223372036854775808.0);
    EXPECT_EQ(document.parse("1.0")->integer(), std::nullopt);
    EXPECT_EQ(document.parse("1e3")->number(), 1000.0);
    EXPECT_EQ(document.parse("-0")->number(), 0.0);
    EXPECT_EQ(document.parse("1.7976931348623157e308")->number(), 1.7976931348623157e308);
    EXPECT_EQ(document.parse("7.2057594037927933e16")->number(), 72057594037927936.0);  // rounds to even
    EXPECT_EQ(document.parse("1e-400")->number(), 0.0);
    EXPECT_EQ(reason_for("1e400"), "number too large");
    EXPECT_EQ(reason_for("-1e400"), "number too large");
    EXPECT_EQ(reason_for("1e99999999999"), "number too large");
}

// RFC 8259 §2 to §7; the same cases as JSONTestSuite's n_* files.
TEST(Json, what_the_grammar_forbids_is_refused) {
    for (const std::string_view text :
         {"",        " ",         "{",           "[",        "[1,]",   "{\"a\":1,}", "[1 2]", "{\"a\" 1}",
          "{a:1}",   "{'a':1}",   "\"a",         "tru",      "TRUE",   "nul",        "NaN",   "Infinity",
          "-",       "+1",        "01",          "-01",      "1.",     ".5",         "1e",    "1e+",
          "0x1",     "1_0",       "// c\n1",     "/* c */1", "[1]]",   "{}{}",       "1 2",   "\"a\" x",
          "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\t\"",   "\"\n\"", "[\f1]"})
        EXPECT_FALSE(parses(text)) << text;
    EXPECT_FALSE(parses("\"a\0b\""s));
    EXPECT_FALSE(parses("1\0"s));
}

TEST(Json, a_byte_order_mark_is_refused) {
    EXPECT_TRUE(parses("{}"));
    EXPECT_FALSE(parses("\xEF\xBB\xBF{}"));
}

// RFC 3629 §3 and §4.
TEST(Json, what_is_not_utf8_is_refused) {
    EXPECT_TRUE(parses("\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF\""));
    for (const std::string_view text : {"\"\xC3\"", "\"\xC0\xAF\"", "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"", "\"\xFF\"",
                                        "\"\xF4\x90\x80\x80\"", "\"\x80\"", "\"\xF0\x80\x80\x80\"", "\"\xE2\x82"})
        EXPECT_FALSE(parses(text));
    EXPECT_FALSE(parses("{\"\xC3\":1}"));
}

TEST(Json, a_surrogate_without_its_other_half_is_refused) {
    EXPECT_TRUE(parses(R"("\ud83d\ude00")"));
    for (const std::string_view text :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\ud83d\ud83d")", R"({"\ud83d":1})"})
        EXPECT_FALSE(parses(text)) << text;
}

TEST(Json, a_name_twice_in_one_object_is_refused) {
    EXPECT_TRUE(parses(R"({"a":1,"b":{"a":1}})"));
    EXPECT_EQ(reason_for(R"({"a":1,"a":1})"), "duplicate name");
    EXPECT_EQ(reason_for(R"({"a":1,"b":2,"c":3,"b":4})"), "duplicate name");
    EXPECT_EQ(reason_for(R"({"a":1,"\u0061":1})"), "duplicate name");
    EXPECT_EQ(reason_for(R"([{"x":{"a":[],"a":{}}}])"), "duplicate name");
    EXPECT_EQ(reason_for(R"({"":1,"":2})"), "duplicate name");
    EXPECT_TRUE(parses(R"({"a":1,"A":1})"));
}

TEST(Json, a_name_twice_among_thousands_is_refused) {
    EXPECT_TRUE(parses(object_of(20000)));
    std::string text = object_of(20000);
    text.replace(text.find("last"), 4, "member7");
    EXPECT_EQ(reason_for(text), "duplicate name");
}

TEST(Json, depth_32_is_read_and_33_is_refused) {
    EXPECT_TRUE(parses(nested(32)));
    EXPECT_EQ(reason_for(nested(33)), "nested too deeply");
    EXPECT_EQ(reason_for(std::string(100000, '[')), "nested too deeply");
    EXPECT_EQ(reason_for(R"({"a":)" + nested(32) + "}"), "nested too deeply");
}

TEST(Json, an_error_says_where) {
    Document document;
    ASSERT_FALSE(document.parse(R"({"a": x})"));
    EXPECT_EQ(document.error().offset, 6U);
    EXPECT_EQ(document.error().reason, "syntax error");
    ASSERT_FALSE(document.parse("{} x"));
    EXPECT_EQ(document.error().offset, 3U);
    EXPECT_EQ(document.error().reason, "text after the value");
    ASSERT_FALSE(document.parse(R"({"a":)"));
    EXPECT_EQ(document.error().reason, "ends too early");
}

TEST(JsonWriter, puts_the_commas) {
    std::string text;
    Writer writer(text);
    writer.begin_object();
    writer.member("s", "x");
    writer.member("i", -5);
    writer.member("b", true);
    writer.name("n");
    writer.null();
    writer.name("a");
    writer.begin_array();
    writer.value(1);
    writer.begin_object();
    writer.end_object();
    writer.raw("1.50");
    writer.end_array();
    writer.name("e");
    writer.begin_array();
    writer.end_array();
    writer.end_object();
    EXPECT_EQ(text, R"({"s":"x","i":-5,"b":true,"n":null,"a":[1,{},1.50],"e":[]})");
}

TEST(JsonWriter, escapes_what_must_be_escaped_and_mends_utf8) {
    std::string text;
    append_string(text, "a\"\\\b\n\r\t\x01\x7F/\xC3\xA9\xF0\x9F\x98\x80\0z"s);
    EXPECT_EQ(text, R"("a\"\\\u0008\n\r\t\u0001\u007f/)"
                    "\xC3\xA9\xF0\x9F\x98\x80"
                    R"(\u0000z")");
    for (const std::string_view bad : {"\xFF", "\xC3", "\x80", "\xC0"}) {
        text.clear();
        append_string(text, bad);
        EXPECT_EQ(text, "\"\xEF\xBF\xBD\"");
    }
    text.clear();
    append_string(text, "\xED\xA0\x80");  // a surrogate: no byte of it begins a character
    EXPECT_EQ(text, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

// U+0085, U+2028 and U+2029 end a line for some readers; U+009B begins a command for some terminals.
TEST(JsonWriter, a_string_stays_on_its_line_and_commands_no_terminal) {
    std::string text;
    append_string(text, "\xC2\x85 \xC2\x9B \xC2\xA0 \xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA");
    EXPECT_EQ(text, "\"\\u0085 \\u009b \xC2\xA0 \xE2\x80\xA7\\u2028\\u2029\xE2\x80\xAA\"");
    Document document;
    EXPECT_EQ(document.parse(text)->string(),
              "\xC2\x85 \xC2\x9B \xC2\xA0 \xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA");
}

TEST(JsonWriter, a_value_is_written_as_it_was_read) {
    Document document;
    std::string text;
    append_value(
        text,
        *document.parse(R"( { "a" : [ 1.0 , 1E2, 12345678901234567890, "\u0041\n" , null, true,false ] , "o":{ } })"));
    EXPECT_EQ(text, R"({"a":[1.0,1E2,12345678901234567890,"A\n",null,true,false],"o":{}})");
}

}  // namespace
}  // namespace keyhold::json
