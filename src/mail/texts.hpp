// SPDX-License-Identifier: Apache-2.0
// What mails say: one catalogue of texts per language (web/mails), put into one template for text and one for HTML.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace keyhold::mail {

// The languages that there are texts in, "en" among them.
const std::vector<std::string_view>& languages();

// The best of them for an Accept-Language field (RFC 9110 §12.5.4), looked up as RFC 4647 §3.4 says: "de-AT" is
// answered with "de". "en" for an empty field, for one that is malformed, and for languages that we do not have.
std::string_view language_for(std::string_view accept_language);

// What a mail tells. Each value may hold anything: it is escaped where it has to be.
// A part of the mail whose fact is empty is left out.
struct Facts {
    std::string service;             // the name of whoever sends
    std::string to;                  // the recipient's address
    std::string name = {};           // of the account
    std::string link = {};           // empty: no button
    std::string code = {};           // empty: none
    std::optional<Time> until = {};  // the end of link and code, or of what the mail is about
    std::optional<Time> at = {};     // when it was asked for, or happened
    std::string from = {};           // from which network address; empty: nothing is said of when and where
    std::string device = {};         // what the browser calls itself
    std::string address = {};        // the mail address that it is about, where that is not the recipient's
    bool old_is_asked = false;       // of another address of the account: it takes the consent of the old one, too
    std::string not_me = {};         // the link of whoever did not do it; empty: none
};

struct Rendered {
    std::string subject, text, html;
};

// "reset", "verify" ...: a kind of mail in web/mails/en.json.
bool is_kind(std::string_view kind);

// Our texts and templates, with an operator's in the place of those that he has written. Any thread.
class Catalogue {
public:
    // Of a folder that is laid out as that of the pages: texts/de.txt holds lines as "reset.subject: ...",
    // mail.html.mustache replaces ours. Ours alone if `folder` is empty. Refused: configuration, with file and line: a
    // text that no mail shows, a language that there is none of, a value that ours does not show, {{{markup}}}.
    static Result<Catalogue> load(const std::string& folder);

    // Throws std::logic_error for a kind or language that is not there.
    // `subject` is one line of plain text, not yet encoded; `text` and `html` say the same.
    Rendered render(std::string_view kind, std::string_view language, const Facts& facts) const;

private:
    Result<> take_texts(const std::filesystem::path& file);
    Result<> take_template(const std::filesystem::path& file);
    std::string_view text(std::string_view language, std::string_view name) const;
    // By language and name; the language of a template is empty.
    std::map<std::pair<std::string, std::string>, std::string> own_;
};

// A text by "reset.subject", a template with an empty language by its name; static text.
std::optional<std::string_view> text_of_ours(std::string_view language, std::string_view name);

}  // namespace keyhold::mail
