// SPDX-License-Identifier: Apache-2.0
// Two structs of one name in the OpenAPI document.
#include "http/routes/schema_names.hpp"

#include <gtest/gtest.h>

#include "http/codec.hpp"

namespace app {
struct Session {
    std::string room;
};
KEYHOLD_FIELDS(Session, (room))
struct List {
    std::vector<Session> sessions;
};
KEYHOLD_FIELDS(List, (sessions))
}  // namespace app

namespace shop::cart {
struct Session {
    int items = 0;
};
KEYHOLD_FIELDS(Session, (items))
namespace {
struct Item {
    int price = 0;
};
KEYHOLD_FIELDS(Item, (price))
}  // namespace
}  // namespace shop::cart

namespace keyhold::api {
namespace {
struct Session {
    std::string id;
};
KEYHOLD_FIELDS(Session, (id))
}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {
namespace {

template <class... Structs>
SchemaNames names_of() {
    Schemas schemas;
    (add_schema<Structs>(schemas), ...);
    SchemaNames names;
    for (const auto& [key, schema] : schemas) names.add(key, schema);
    names.decide();
    return names;
}

TEST(SchemaNames, one_that_nobody_else_has_is_the_structs) {
    const SchemaNames names = names_of<app::List, shop::cart::Item>();
    EXPECT_EQ(names.of(schema_key_of<app::List>()), "List");
    EXPECT_EQ(names.of(schema_key_of<app::Session>()), "Session");
    EXPECT_EQ(names.of(schema_key_of<shop::cart::Item>()), "Item");
    EXPECT_EQ(names.schemas().size(), 3U);
}

TEST(SchemaNames, a_programs_own_keeps_its_name_and_ours_stands_behind_its_namespace) {
    const SchemaNames names = names_of<api::Session, app::List>();
    EXPECT_EQ(names.of(schema_key_of<app::Session>()), "Session");
    EXPECT_EQ(names.of(schema_key_of<api::Session>()), "keyhold.api.Session");
    EXPECT_EQ(names.resolved(names.schemas().at("List")),
              R"({"type":"object","title":"List","properties":{"sessions":{"type":"array","items":)"
              R"({"$ref":"#/components/schemas/Session"}}},"required":["sessions"]})");
    const SchemaNames behind = names_of<api::Session, shop::cart::Session>();  // as the alphabet has it
    EXPECT_EQ(behind.of(schema_key_of<shop::cart::Session>()), "Session");
    EXPECT_NE(names.schemas().at("Session").find("room"), std::string::npos);
    EXPECT_NE(names.schemas().at("keyhold.api.Session").find("\"id\""), std::string::npos);
}

TEST(SchemaNames, two_of_the_programs_own_are_told_apart_too) {
    const SchemaNames names = names_of<shop::cart::Session, app::Session, api::Session>();
    EXPECT_EQ(names.of(schema_key_of<app::Session>()), "Session");
    EXPECT_EQ(names.of(schema_key_of<shop::cart::Session>()), "shop.cart.Session");
    EXPECT_EQ(names.of(schema_key_of<api::Session>()), "keyhold.api.Session");
}

// As structs of the unnamed namespaces of two files are.
TEST(SchemaNames, what_has_the_same_namespace_as_well_has_a_number) {
    constexpr std::string_view spelled = "constexpr f() [with T = app::{anonymous}::Note; x = y]";
    const char one = 0, other = 0;
    SchemaNames names;
    const std::string first = detail::schema_key("Note", spelled, &one);
    const std::string second = detail::schema_key("Note", spelled, &other);
    ASSERT_NE(first, second);
    names.add(second, R"({"title":"b"})");
    names.add(first, R"({"title":"a"})");
    names.decide();
    EXPECT_EQ(names.of(first), "Note");
    EXPECT_EQ(names.of(second), "app.Note");
    const char third_place = 0;
    const std::string third = detail::schema_key("Note", spelled, &third_place);
    names.add(third, R"({"title":"c"})");
    names.decide();
    EXPECT_EQ(names.of(third), "app.Note.2");
}

TEST(SchemaNames, of_one_name_and_one_schema_there_is_one) {
    const char one = 0, other = 0;
    SchemaNames names;
    const std::string first = detail::schema_key("Note", "[with T = a::Note]", &one);
    const std::string second = detail::schema_key("Note", "[T = b::(anonymous namespace)::Note]", &other);
    names.add(first, "{}");
    names.add(second, "{}");
    names.add("Problem", "{}");
    names.decide();
    EXPECT_EQ(names.of(first), "Note");
    EXPECT_EQ(names.of(second), "Note");
    EXPECT_EQ(names.schemas().size(), 2U);
    EXPECT_EQ(names.of("Problem"), "Problem");
}

TEST(SchemaNames, text_that_only_looks_like_a_reference_stays) {
    const SchemaNames names = names_of<app::Session>();
    const std::string key = schema_key_of<app::Session>();
    const std::string said = R"({"description":"\"$ref\":\"#/components/schemas/)" + key + R"(\""})";
    EXPECT_EQ(names.resolved(said), said);
    EXPECT_EQ(names.resolved(R"({"$ref":"#/components/schemas/)" + key + "\"}"),
              R"({"$ref":"#/components/schemas/Session"})");
}

}  // namespace
}  // namespace keyhold::http
