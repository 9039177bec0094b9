// SPDX-License-Identifier: Apache-2.0
// Described structs: what is read, what is refused with which way to it, what the schema says. The errors' types and
// sentences are those of FastAPI 0.92 with pydantic 2, which clients of such services know.
#include "keyhold/fields.hpp"

#include <gtest/gtest.h>

#include "http/codec.hpp"
#include "http/parameters.hpp"
#include "http/problem.hpp"

namespace keyhold::http {
namespace {

enum class Color { red, green };
KEYHOLD_ENUM(Color, (red), (green))

struct Author {
    std::string name;
    std::optional<std::string> mail;
};
KEYHOLD_FIELDS(Author, (name, length(1, 5)), (mail, format(Format::email)))

struct Note {
    std::string text;
    std::optional<std::int64_t> priority;
    std::vector<std::string> tags;
    std::vector<Author> authors;
    std::map<std::string, std::int64_t> votes;
    Color color = Color::red;
    bool done = false;
    double weight = 1;
    std::uint8_t small = 0;
};
KEYHOLD_FIELDS(Note, (text, length(1, 10), about("What it says")), (priority, range(0, 9)),
               (tags, length(0, 2), each(length(1, 3), pattern("[a-z]+"))), (authors, may_be_absent()),
               (votes, may_be_absent()), (color, otherwise(Color::green)), (done, otherwise(true)),
               (weight, range(0.5, 1.5), otherwise(1.0)), (small, otherwise(7)))

// "body.tags.1: string_too_short String should ..." for each error.
std::string errors_of(std::string_view json) {
    json::Document document;
    const auto value = document.parse(json);
    if (!value) return "no JSON";
    const auto read = read_struct<Note>(Incoming(*value), "body");
    if (read) return "";
    std::string text;
    for (const FieldError& error : read.error().fields()) {
        if (!text.empty()) text += "\n";
        for (const LocationStep& step : error.loc)
            text.append(&step == &error.loc.front() ? "" : ".").append(step.text());
        text.append(": ").append(error.type).append(" ").append(error.msg);
    }
    return text;
}

TEST(Fields, reads_what_nests) {
    json::Document document;
    const auto value = document.parse(
        R"({"text":"né","priority":9,"tags":["a","bc"],"authors":[{"name":"ann","mail":"a@b.example"},{"name":"bob"}],)"
        R"("votes":{"x":1},"color":"green","done":false,"weight":0.5,"small":255,"unknown":[1]})");
    const auto note = read_struct<Note>(Incoming(*value), "body");
    ASSERT_TRUE(note);
    EXPECT_EQ(note->text, "né");
    EXPECT_EQ(note->priority, 9);
    EXPECT_EQ(note->tags, (std::vector<std::string>{"a", "bc"}));
    EXPECT_EQ(note->authors.at(1).name, "bob");
    EXPECT_EQ(note->authors.at(0).mail, "a@b.example");
    EXPECT_EQ(note->votes.at("x"), 1);
    EXPECT_EQ(note->color, Color::green);
    EXPECT_EQ(note->weight, 0.5);
    EXPECT_EQ(note->small, 255);
}

// As JSON Schema has it (2020-12, core §4.2.3), so that what the OpenAPI document allows is not refused.
TEST(Fields, a_number_without_a_fraction_is_an_integer) {
    json::Document document;
    const auto value = document.parse(R"({"text":"a","tags":[],"priority":3.0,"small":2.5e1})");
    const auto note = read_struct<Note>(Incoming(*value), "body");
    ASSERT_TRUE(note);
    EXPECT_EQ(note->priority, 3);
    EXPECT_EQ(note->small, 25);
    EXPECT_EQ(errors_of(R"({"text":"a","tags":[],"priority":1e300})"),
              "body.priority: int_type Input should be a valid integer");
}

TEST(Fields, the_sentence_of_a_refusal_names_the_way_to_what_is_wrong) {
    const auto said = [](std::vector<LocationStep> loc) {
        return sentence_of(Error(errors::validation_failed, {FieldError{"missing", std::move(loc), "Field required"}}));
    };
    EXPECT_EQ(said({"body", "authors", LocationStep::item(1), "name"}), "authors.1.name: Field required");
    EXPECT_EQ(said({"query", "title", LocationStep::item(0)}), "title.0: Field required");
    EXPECT_EQ(said({LocationStep("body"), "text"}), "text: Field required");
    EXPECT_EQ(said({LocationStep("body")}), "body: Field required");
}

TEST(Fields, an_absent_member_has_the_value_that_its_rule_says) {
    json::Document document;
    const auto value = document.parse(R"({"text":"a","tags":[]})");
    const auto note = read_struct<Note>(Incoming(*value), "body");
    ASSERT_TRUE(note);
    EXPECT_EQ(note->priority, std::nullopt);
    EXPECT_TRUE(note->authors.empty());
    EXPECT_EQ(note->color, Color::green);
    EXPECT_TRUE(note->done);
    EXPECT_EQ(note->small, 7);
}

struct Wrong {
    const char* json;
    const char* said;
};

TEST(Fields, says_what_is_wrong_and_where) {
    const Wrong cases[] = {
        {R"({"tags":[]})", "body.text: missing Field required"},
        {R"({"text":5,"tags":[]})", "body.text: string_type Input should be a valid string"},
        {R"({"text":"","tags":[]})", "body.text: string_too_short String should have at least 1 character"},
        {R"({"text":"12345678901","tags":[]})", "body.text: string_too_long String should have at most 10 characters"},
        {R"({"text":"a","tags":"b"})", "body.tags: list_type Input should be a valid list"},
        {R"({"text":"a","tags":["a","b","c"]})",
         "body.tags: too_long List should have at most 2 items after validation, not 3"},
        {R"({"text":"a","tags":["a","1"]})",
         "body.tags.1: string_pattern_mismatch String should match pattern '[a-z]+'"},
        {R"({"text":"a","tags":["a",1]})", "body.tags.1: string_type Input should be a valid string"},
        {R"({"text":"a","tags":[],"priority":10})",
         "body.priority: less_than_equal Input should be less than or equal to 9"},
        {R"({"text":"a","tags":[],"priority":-1})",
         "body.priority: greater_than_equal Input should be greater than or equal to 0"},
        {R"({"text":"a","tags":[],"priority":1.5})", "body.priority: int_type Input should be a valid integer"},
        {R"({"text":"a","tags":[],"small":256})", "body.small: int_type Input should be a valid integer"},
        {R"({"text":"a","tags":[],"weight":2})",
         "body.weight: less_than_equal Input should be less than or equal to 1.5"},
        {R"({"text":"a","tags":[],"done":"yes"})", "body.done: bool_type Input should be a valid boolean"},
        {R"({"text":"a","tags":[],"color":"blue"})", "body.color: enum Input should be 'red' or 'green'"},
        {R"({"text":"a","tags":[],"votes":[]})", "body.votes: dict_type Input should be a valid dictionary"},
        {R"({"text":"a","tags":[],"votes":{"x":"y"}})", "body.votes.x: int_type Input should be a valid integer"},
        {R"({"text":"a","tags":[],"authors":[5]})",
         "body.authors.0: model_attributes_type Input should be a valid dictionary or object to extract fields from"},
        {R"({"text":"a","tags":[],"authors":[{"name":"ann"},{}]})", "body.authors.1.name: missing Field required"},
        {R"({"text":"a","tags":[],"authors":[{"name":"ann","mail":"x"}]})",
         "body.authors.0.mail: value_error Value is not a valid e-mail address"},
        {R"({"text":7,"tags":[8]})",
         "body.text: string_type Input should be a valid string\n"
         "body.tags.0: string_type Input should be a valid string"},
    };
    for (const Wrong& wrong : cases) EXPECT_EQ(errors_of(wrong.json), wrong.said) << wrong.json;
}

TEST(Fields, keeps_a_bounded_number_of_errors) {
    std::string json = R"({"text":"a","tags":[)";
    for (int i = 0; i < 10'000; ++i) json += "1,";
    json += "1]}";
    const std::string said = errors_of(json);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 49);
}

TEST(Fields, writes_what_it_reads) {
    Note note;
    note.text = "a\"b";
    note.tags = {"x"};
    note.authors = {{"ann", {}}};
    note.votes = {{"y", 2}};
    note.weight = 0.1;
    std::string text;
    json::Writer out(text);
    write_struct(out, note);
    EXPECT_EQ(text,
              R"({"text":"a\"b","tags":["x"],"authors":[{"name":"ann"}],"votes":{"y":2},"color":"red","done":false,)"
              R"("weight":0.1,"small":0})");
}

TEST(Fields, the_schema_says_types_rules_and_what_is_required) {
    Schemas schemas;
    add_schema<Note>(schemas);
    EXPECT_EQ(schemas.at(schema_key_of<Author>()),
              R"({"type":"object","title":"Author","properties":{"name":{"type":"string","minLength":1,"maxLength":5},)"
              R"("mail":{"type":"string","format":"email"}},"required":["name"]})");
    EXPECT_EQ(
        schemas.at(schema_key_of<Note>()),
        R"({"type":"object","title":"Note","properties":{)"
        R"("text":{"type":"string","minLength":1,"maxLength":10,"description":"What it says"},)"
        R"("priority":{"type":"integer","minimum":0,"maximum":9},)"
        R"("tags":{"type":"array","items":{"type":"string","minLength":1,"maxLength":3,"pattern":"^[a-z]+$"},"maxItems":2},)"
        R"("authors":{"type":"array","items":{"$ref":"#/components/schemas/)" +
            schema_key_of<Author>() +
            R"("}},)"
            R"("votes":{"type":"object","additionalProperties":{"type":"integer"}},)"
            R"("color":{"type":"string","enum":["red","green"],"default":"green"},"done":{"type":"boolean","default":true},)"
            R"("weight":{"type":"number","minimum":0.5,"maximum":1.5,"default":1},"small":{"type":"integer","default":7}},)"
            R"("required":["text","tags"]})");
}

struct Matching {
    bool matches;
    const char* text;
};

TEST(Fields, a_pattern_is_about_the_whole_string) {
    static constexpr Pattern name("^[a-z][a-z0-9_-]{0,3}\\.?x*$");
    const Matching cases[] = {{true, "a"},      {true, "a1_-"}, {true, "a.xxx"},    {true, "abcdx"},
                              {true, "abcd.x"}, {false, ""},    {false, "1"},       {false, "abcdex"},
                              {false, "a.."},   {false, "a\n"}, {false, "\xc3\xa9"}};
    for (const Matching& example : cases) EXPECT_EQ(matches(name, example.text), example.matches) << example.text;
    static constexpr Pattern other("[^/]{2}.+");
    EXPECT_TRUE(matches(other, "\xc3\xa9\xc3\xa9z"));
    EXPECT_FALSE(matches(other, "\xc3\xa9\xc3\xa9"));
    EXPECT_FALSE(matches(other, "a/z"));
    // What takes a backtracking matcher 2^30 steps.
    static constexpr Pattern hard("a*a*a*a*a*a*a*a*a*a*a*a*b");
    EXPECT_FALSE(matches(hard, std::string(5'000, 'a')));
}

// The examples of RFC 3339 §5.8, and each with one thing changed.
TEST(Fields, formats_are_checked) {
    for (const char* const good : {"1985-04-12T23:20:50.52Z", "1996-12-19T16:39:57-08:00", "1990-12-31T23:59:60Z"})
        EXPECT_TRUE(has_format(Format::date_time, good)) << good;
    for (const char* const bad : {"1985-02-30T23:20:50Z", "1985-04-12T24:20:50Z", "1985-04-12T23:20:50",
                                  "1985-04-12 23:20:50Z", "1985-04-12T23:20:50.Z", "1985-04-12T23:20:50+0800"})
        EXPECT_FALSE(has_format(Format::date_time, bad)) << bad;
    EXPECT_TRUE(has_format(Format::date, "2024-02-29"));
    EXPECT_FALSE(has_format(Format::date, "2023-02-29"));
    EXPECT_TRUE(has_format(Format::uuid, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"));  // RFC 9562 §4
    EXPECT_FALSE(has_format(Format::uuid, "f81d4fae-7dec-11d0-a765-00a0c91e6bf"));
    for (const char* const good : {"a@b", "first.last+tag@example.org", "o'hara@sub.example.co"})
        EXPECT_TRUE(has_format(Format::email, good)) << good;
    for (const char* const bad : {"a", "@b", "a@", "a b@c", "a@b..c", "a@-b.c", "a@b\r\nTo: x@y"})
        EXPECT_FALSE(has_format(Format::email, bad)) << bad;
    EXPECT_TRUE(has_format(Format::uri, "https://example.org/a?b#c"));
    EXPECT_FALSE(has_format(Format::uri, "example.org"));
    EXPECT_FALSE(has_format(Format::uri, "https://example.org/a b"));
}

struct Wanted {
    int limit = 0;
    std::vector<std::string> tag;
    std::optional<bool> done;
    std::string sort;
};
KEYHOLD_FIELDS(Wanted, (limit, range(1, 5), otherwise(3)), (tag, each(length(1, 2))), (done), (sort, otherwise("name")))

std::string first_error_of(std::string_view query) {
    Request request;
    request.query = query;
    const auto read = Extract<Query<Wanted>>::from(request);
    if (read) return "";
    const FieldError& error = read.error().fields().front();
    return error.loc.back().text() + " " + error.type;
}

TEST(Fields, a_query_is_text_that_becomes_types) {
    Request request;
    request.query = "limit=5&tag=a&tag=b+&done=on&other=1";
    const auto read = Extract<Query<Wanted>>::from(request);
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->limit, 5);
    EXPECT_EQ((*read)->tag, (std::vector<std::string>{"a", "b "}));
    EXPECT_EQ((*read)->done, true);
    EXPECT_EQ((*read)->sort, "name");
    EXPECT_EQ(first_error_of(""), "");
    EXPECT_EQ(first_error_of("limit=6"), "limit less_than_equal");
    EXPECT_EQ(first_error_of("limit=x"), "limit int_parsing");
    EXPECT_EQ(first_error_of("limit="), "limit int_parsing");
    EXPECT_EQ(first_error_of("limit=1&limit=2"), "limit multiple_values");
    EXPECT_EQ(first_error_of("tag=abc"), "0 string_too_long");
    EXPECT_EQ(first_error_of("done=maybe"), "done bool_parsing");
    EXPECT_EQ(first_error_of("limit=%4"), "query value_error");
}

}  // namespace
}  // namespace keyhold::http
