// SPDX-License-Identifier: Apache-2.0
// Writes one manual page in the macros of man(7), whose arguments are never commands whatever words stand in them.
#pragma once

#include <string>
#include <string_view>

namespace keyhold::cli {

// Prose may hold `code` in backticks, which becomes bold; a line break in it ends a paragraph. Nothing in a text is
// taken for roff.
class Roff {
public:
    struct Head {
        std::string_view name;     // "keyhold-user"
        std::string_view section;  // "1"
        std::string_view date;     // "2026-11-30"
        std::string_view source;   // "keyhold 0.2.0"
    };
    explicit Roff(const Head& head);

    void section(std::string_view title);                        // "OPTIONS"
    void subsection(std::string_view title);                     // as it is, not as prose
    void name(std::string_view page, std::string_view summary);  // what whatis(1) shows
    void paragraph(std::string_view prose);
    // What is explained, as code, and behind it how it is filled in; then prose.
    void item(std::string_view code, std::string_view placeholder, std::string_view prose);
    void code(std::string_view line);  // a line of its own, as it is typed
    // "keyhold-user(1), ..." of words that are pages.
    void see_also(std::string_view name, std::string_view section, bool is_last);

    const std::string& text() const { return text_; }

private:
    void flow(std::string_view prose);
    std::string text_;
    bool begins_ = true;  // a section: its first paragraph needs no macro
};

}  // namespace keyhold::cli
