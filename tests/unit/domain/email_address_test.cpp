// SPDX-License-Identifier: Apache-2.0
// The table of docs/addresses.md. A-labels are those of Python's `idna` 3.4 (`idna.encode(domain, uts46=True)`).
#include <gtest/gtest.h>

#include "domain/accounts/email_address.hpp"
#include "domain/accounts/login_name.hpp"
#include "domain/accounts/names.hpp"

namespace keyhold::domain {

namespace {

std::string key_of(const std::string& typed) {
    const auto address = parse_email_address(typed);
    return address ? address->key : "refused: " + address.error().fields().at(0).msg;
}

std::string repeat(const std::string& text, std::size_t times) {
    std::string made;
    for (std::size_t i = 0; i < times; ++i) made += text;
    return made;
}

}  // namespace

TEST(EmailAddress, is_shown_as_it_was_typed_and_compared_without_case) {
    const auto address = parse_email_address("Ann.Smith@Example.COM");
    ASSERT_TRUE(address.ok());
    EXPECT_EQ(address->shown, "Ann.Smith@Example.COM");
    EXPECT_EQ(address->key, "ann.smith@example.com");
    EXPECT_EQ(address->domain, "example.com");
}

TEST(EmailAddress, two_spellings_of_a_mailbox_are_the_same) {
    for (const char* typed : {"ANN@EXAMPLE.COM", "\"ann\"@example.com", "ann@eXample.com"})
        EXPECT_EQ(key_of(typed), "ann@example.com") << typed;
    for (const char* typed : {"ann@B\u00FCcher.example", "ann@bu\u0308cher.example", "ann@xn--bcher-kva.example",
                              "ANN@XN--BCHER-KVA.EXAMPLE"})
        EXPECT_EQ(key_of(typed).substr(0, 14), "ann@xn--bcher-") << typed;
    EXPECT_EQ(key_of("ann@b\u00FCcher.example"), "ann@xn--bcher-kva.example");
    EXPECT_EQ(key_of("J\u00D6RG@example.com"), "j\u00F6rg@example.com");
    EXPECT_EQ(key_of("jo\u0308rg@example.com"), "j\u00F6rg@example.com") << "NFC";
    EXPECT_EQ(key_of("\u043F\u043E\u0447\u0442\u0430@\u043F\u0440\u0438\u043C\u0435\u0440.\u0440\u0444"),
              "\u043F\u043E\u0447\u0442\u0430@xn--e1afmkfd.xn--p1ai");
}

TEST(EmailAddress, what_may_be_another_mailbox_is_another) {
    EXPECT_NE(key_of("ann+news@example.com"), key_of("ann@example.com"));
    EXPECT_NE(key_of("a.nn@example.com"), key_of("ann@example.com"));
    EXPECT_EQ(key_of("ann+News@example.com"), "ann+news@example.com");
    EXPECT_EQ(key_of("ann@fa\u00DF.example"), "ann@xn--fa-hia.example") << "not fass.example";
    EXPECT_EQ(key_of("\u0430nn@example.com"), "\u0430nn@example.com") << "a Cyrillic letter is not its Latin double";
    EXPECT_EQ(key_of("ann@\u0430pple.example"), "ann@xn--pple-43d.example");
}

TEST(EmailAddress, what_stands_for_other_characters_is_refused) {
    for (const char* typed : {"\uFF41nn@example.com", "ann@\uFF45xample.com", "\uFB01nn@example.com",
                              "a\uFE0Fnn@example.com", "\u017Fam@example.com"})
        EXPECT_EQ(key_of(typed), "refused: An e-mail address has no characters that stand for others") << typed;
    for (const char* typed :
         {"a\u200Bnn@example.com", "ann@exam\u00ADple.com", "a\u202Enn@example.com", "\U0001F600@example.com",
          "ann@\u2603.example", "ann@example\u3002com", "a\u00A0nn@example.com"})
        EXPECT_EQ(key_of(typed), "refused: Outside ASCII, an e-mail address has letters, digits and marks") << typed;
    EXPECT_EQ(key_of("\u0301ann@example.com"), "refused: An e-mail address cannot begin with a combining mark");
}

TEST(EmailAddress, what_is_no_address_is_refused) {
    const std::string no_name = "refused: An e-mail address is a name, an @ and a domain, as in ann@example.com";
    for (const char* typed :
         {"ann", "ann.example.com", "@example.com", "a nn@example.com", " ann@example.com", "Ann <ann@example.com>",
          "ann(comment)@example.com", ".ann@example.com", "ann.@example.com", "a..nn@example.com", "a@nn@example.com",
          "ann,bob@example.com", "ann\r\nBcc:x@example.com", "ann\t@example.com", "a\\nn@example.com"})
        EXPECT_EQ(key_of(typed), no_name) << typed;
    const std::string no_domain = "refused: Behind the @ of an e-mail address is a domain, as in ann@example.com";
    for (const char* typed : {"ann@", "ann@localhost", "ann@example.com.", "ann@.example.com", "ann@example..com",
                              "ann@-example.com", "ann@example-.com", "ann@exa_mple.com", "ann@exa mple.com",
                              "ann@192.0.2.7", "ann@example.com ", "ann@example.com\r\nBcc: x", "ann@xn--a.example",
                              "ann@a\u05E9.example", "ann@example.com:25", "ann@example,com", "ann@exam%ple.com"})
        EXPECT_EQ(key_of(typed), no_domain) << typed;
    for (const char* typed : {"\"a b\"@example.com", "\"a@b\"@example.com", "\"\"@example.com", "\".\"@example.com"})
        EXPECT_EQ(key_of(typed), "refused: A local part that needs quotes is not taken here") << typed;
    EXPECT_EQ(key_of("ann@[192.0.2.7]"), "refused: An e-mail address has a domain behind its @, and no IP address");
    EXPECT_EQ(key_of("ann\xFF@example.com"), "refused: An e-mail address is UTF-8 text");
    EXPECT_EQ(key_of(std::string("a\0nn@example.com", 16)), no_name);
    EXPECT_EQ(key_of(""), "refused: An e-mail address is not empty");
}

TEST(EmailAddress, has_254_bytes_and_64_before_its_at_sign) {
    const std::string local = repeat("a", 64), label = repeat("b", 63);
    const std::string longest = local + "@" + label + "." + label + "." + repeat("c", 61);
    ASSERT_EQ(longest.size(), 254u);
    EXPECT_EQ(key_of(longest), longest);
    EXPECT_EQ(key_of(local + "@" + label + "." + label + "." + repeat("c", 62)),
              "refused: An e-mail address is at most 254 bytes long");
    EXPECT_EQ(key_of(local + "a@example.com"), "refused: An e-mail address has at most 64 bytes before its @");
    EXPECT_TRUE(key_of("ann@b" + label + ".com").starts_with("refused: Behind the @"));
    // 199 bytes as they are typed, and 279 in A-labels.
    std::string wide = "ann@";
    for (int i = 0; i < 8; ++i) wide += repeat("\u00FC", 11) + ".";
    EXPECT_EQ(key_of(wide + "de").substr(0, 8), "ann@xn--") << "8 labels of 23 bytes";
}

TEST(EmailAddress, the_key_of_a_key_is_that_key) {
    for (const char* typed : {"Ann+X@B\u00FCcher.example", "J\u00D6RG@example.com", "\u0130@example.com",
                              "stra\u00DFe@example.com", "\"ann\"@Example.com"})
        EXPECT_EQ(key_of(key_of(typed)), key_of(typed)) << typed;
}

// https://www.unicode.org/Public/UCD/latest/ucd/UnicodeData.txt: those whose compatibility mapping holds U+0040.
TEST(EmailAddress, whatever_usernames_count_as_an_at_sign_makes_an_address_of_a_name) {
    for (const char* typed : {"ann@example.com", "ann\uFF20example.com", "ann\uFE6Bexample.com"})
        EXPECT_TRUE(looks_like_address(typed)) << typed;
    for (const char* typed : {"ann", "J\u00F6rg", "\u24D0"}) EXPECT_FALSE(looks_like_address(typed)) << typed;
    EXPECT_TRUE(key_of("ann\uFF20example.com").starts_with("refused:"));
}

TEST(EmailAddress, is_a_username_where_that_means_no_other_address) {
    const auto is_username = [](const char* typed) {
        return is_username_of(parse_name(typed).value().key, parse_email_address(typed).value());
    };
    for (const char* typed :
         {"Ann@Example.com", "J\u00F6rg@B\u00FCcher.example", "stra\u00DFe@example.com", "\"ann\"@example.com"})
        EXPECT_TRUE(is_username(typed)) << typed;
    EXPECT_FALSE(is_username("ann@fa\u00DF.example")) << "as a username it is ann@fass.example";
}

TEST(LoginName, a_username_an_address_or_either) {
    const auto either = parse_login_name("Ann@B\u00FCcher.example");
    EXPECT_EQ(either.name, "ann@b\u00FCcher.example");
    EXPECT_EQ(either.address, "ann@xn--bcher-kva.example");
    EXPECT_EQ(either.key, "ann@xn--bcher-kva.example") << "attempts are counted once for all spellings";
    EXPECT_FALSE(parse_login_name("Ann").address);
    EXPECT_EQ(parse_login_name("Ann").key, "ann");
    EXPECT_FALSE(parse_login_name("ann@example.com", LoginWith::username).address);
    EXPECT_FALSE(parse_login_name("ann", LoginWith::email).name);
    EXPECT_EQ(parse_login_name("ann", LoginWith::email).key, "ann");
    EXPECT_TRUE(parse_login_name("ann@example.com", LoginWith::email).name) << "of an account that is called so";
    const auto nobody = parse_login_name("a\nnn");
    EXPECT_FALSE(nobody.name);
    EXPECT_FALSE(nobody.address);
    EXPECT_EQ(nobody.key, "a\nnn");
}

}  // namespace keyhold::domain
