// SPDX-License-Identifier: Apache-2.0
// Writes one manual page in roff with the macros of man(7), so that groff and mandoc show it alike.
#include "cli/tools/roff.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace keyhold::cli {
namespace {

constexpr std::size_t line_width = 78;  // mandoc -Tlint asks for lines below 80 bytes

// groff_char(7): in code, what would become a typographic sign on a terminal stays what is typed.
std::string typed(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\e";
                break;
            case '-':
                out += "\\-";
                break;
            case '\'':
                out += "\\(aq";
                break;
            case '"':
                out += "\\(dq";
                break;
            case '`':
                out += "\\(ga";
                break;
            case '^':
                out += "\\(ha";
                break;
            case '~':
                out += "\\(ti";
                break;
            default:
                out += c;
        }
    }
    return out;
}

// A word of prose: a flag or a path is code without saying so.
std::string prose_word(std::string_view word) {
    const bool is_code = word.starts_with('-') || word.find_first_of("\\\"`^~'") != word.npos;
    return is_code ? typed(word) : std::string(word);
}

// A line that begins with one of these would be a request of roff.
std::string as_text(std::string line) { return line.starts_with('.') || line.starts_with('\'') ? "\\&" + line : line; }

}  // namespace

Roff::Roff(const Head& head) {
    // In capitals, as man-pages(7) has it.
    text_.append(".TH \"")
        .append(typed(ascii_upper(head.name)))
        .append("\" ")
        .append(head.section)
        .append(" \"")
        .append(head.date);
    text_.append("\" \"").append(head.source).append("\"\n");
}

void Roff::section(std::string_view title) {
    text_.append(".SH ").append(title).append("\n");
    begins_ = true;
}

void Roff::subsection(std::string_view title) {
    text_.append(".SS \"").append(typed(title)).append("\"\n");
    begins_ = true;
}

void Roff::name(std::string_view page, std::string_view summary) {
    // What stands before and behind "\-" is what whatis(1) and apropos(1) read.
    text_.append(as_text(typed(page))).append(" \\-\n");
    flow(summary);
    begins_ = false;
}

// Words of at most one line; `code` is \fBcode\fP, also when it is broken between two lines.
void Roff::flow(std::string_view prose) {
    std::string line;
    bool bold = false;
    while (!prose.empty()) {
        const std::string_view word = prose.substr(0, prose.find(' '));
        prose.remove_prefix(std::min(word.size() + 1, prose.size()));
        if (word.empty()) continue;
        std::string made;
        std::string_view rest = word;
        for (std::size_t tick = rest.find('`'); tick != rest.npos; tick = rest.find('`')) {
            made += bold ? typed(rest.substr(0, tick)) : prose_word(rest.substr(0, tick));
            made += bold ? "\\fP" : "\\fB";
            bold = !bold;
            rest.remove_prefix(tick + 1);
        }
        made += bold ? typed(rest) : prose_word(rest);
        if (!line.empty() && line.size() + 1 + made.size() > line_width) {
            text_.append(as_text(line)).append("\n");
            line.clear();
        }
        line.append(line.empty() ? "" : " ").append(made);
    }
    if (!line.empty()) text_.append(as_text(line)).append("\n");
}

// A new .PP only between paragraphs: the first one stands right below its heading.
void Roff::paragraph(std::string_view prose) {
    while (!prose.empty()) {
        const std::string_view one = prose.substr(0, prose.find('\n'));
        prose.remove_prefix(std::min(one.size() + 1, prose.size()));
        if (one.empty()) continue;
        if (!begins_) text_ += ".PP\n";
        begins_ = false;
        flow(one);
    }
}

// A tagged paragraph (.TP): the flag in bold, its placeholder in italics, the text indented below. Line ends in the
// text become spaces, because a new line would end the tag.
void Roff::item(std::string_view code, std::string_view placeholder, std::string_view prose) {
    text_.append(".TP\n\\fB").append(typed(code)).append("\\fP");
    if (!placeholder.empty()) text_.append(" \\fI").append(typed(placeholder)).append("\\fP");
    text_ += '\n';
    begins_ = false;
    std::string one(prose);
    std::ranges::replace(one, '\n', ' ');
    flow(one);
}

// One line as it is typed, without filling (.nf).
void Roff::code(std::string_view line) {
    if (!begins_) text_ += ".PP\n";
    begins_ = false;
    text_.append(".nf\n").append(as_text("\\fB" + typed(line) + "\\fP")).append("\n.fi\n");
}

// The last one ends without a comma.
void Roff::see_also(std::string_view name, std::string_view section, bool is_last) {
    text_.append(".BR ").append(typed(name)).append(" (").append(section).append(is_last ? ")\n" : "),\n");
}

}  // namespace keyhold::cli
