// The parser: Boost.JSON's SAX parser does the syntax and UTF-8; the tape, the names and the limits are ours.
// The only file that includes Boost.JSON.
#include "base/json.hpp"

#include <string.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace keyhold::json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

constexpr std::size_t max_depth = 32;                   // no token or body of ours nests deeper than 4
constexpr std::size_t max_text = std::size_t{1} << 28;  // node counts fit 32 bits with room to spare

std::string_view std_view(string_view text) { return {text.data(), text.size()}; }

// Receives the parser's events and writes the tape.
class TapeWriter {
public:
    // What basic_parser asks its handler for; the text's own size is the limit.
    static constexpr std::size_t max_array_size = max_text;
    static constexpr std::size_t max_object_size = max_text;
    static constexpr std::size_t max_string_size = max_text;
    static constexpr std::size_t max_key_size = max_text;

    ~TapeWriter() { wipe(); }

    std::string_view start(std::string_view text) {
        wipe();
        text_.assign(text);
        nodes_.clear();
        open_.clear();
        pending_ = 0;
        name_ = {};
        reason_ = nullptr;
        return text_;
    }
    const Node* root() const { return nodes_.data(); }
    const char* reason() const { return reason_; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(Type::object); }
    bool on_array_begin(error_code&) { return open(Type::array); }
    bool on_array_end(std::size_t, error_code&) { return close(); }
    bool on_object_end(std::size_t, error_code& ec) {
        return has_duplicate_names(open_.back().node) ? refuse("duplicate name", ec) : close();
    }
    bool on_key_part(string_view part, std::size_t, error_code&) { return gather(part); }
    bool on_key(string_view part, std::size_t, error_code&) {
        name_ = finish(part);
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return gather(part); }
    bool on_string(string_view part, std::size_t, error_code&) {
        append(Type::string).text = finish(part);
        return true;
    }
    bool on_number_part(string_view, error_code&) { return true; }  // only of texts that come in pieces
    bool on_int64(std::int64_t integer, string_view text, error_code&) {
        Node& node = append(Type::integer);
        node.integer = integer;
        node.number = static_cast<double>(integer);
        node.text = std_view(text);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view text, error_code& ec) {
        return on_double(static_cast<double>(number), text, ec);
    }
    // Boost.JSON 1.81 may be off by an ulp: the standard library reads the number again, exactly.
    bool on_double(double rough, string_view text, error_code& ec) {
        Node& node = append(Type::number);
        node.text = std_view(text);
        const auto read = std::from_chars(text.data(), text.data() + text.size(), node.number);
        if (read.ec == std::errc::result_out_of_range && std::abs(rough) > 1) return refuse("number too large", ec);
        return true;  // too small for a double: 0
    }
    bool on_bool(bool boolean, error_code&) {
        append(Type::boolean).integer = boolean ? 1 : 0;
        return true;
    }
    bool on_null(error_code&) {
        append(Type::null);
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return false; }  // never called: comments are an error
    bool on_comment(string_view, error_code&) { return false; }

private:
    struct Open {
        std::size_t node;
        std::size_t last_child;  // 0: none yet
    };

    Node& append(Type type) {
        const std::size_t index = nodes_.size();
        if (!open_.empty()) {
            Open& parent = open_.back();
            if (parent.last_child != 0)
                nodes_[parent.last_child].next = static_cast<std::uint32_t>(index - parent.last_child);
            parent.last_child = index;
            ++nodes_[parent.node].size;
        }
        Node& node = nodes_.emplace_back();
        node.name = std::exchange(name_, {});
        node.type = type;
        return node;
    }
    bool open(Type type) {
        append(type);
        open_.push_back({nodes_.size() - 1, 0});
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    // A string without escapes arrives in one part that lies in text_. Any other is put together in
    // unescaped_, which never grows beyond its first size, as an escape is longer than what it stands for.
    bool gather(string_view part) {
        if (unescaped_.capacity() < text_.size()) unescaped_.reserve(text_.size());
        unescaped_.append(part.data(), part.size());
        pending_ += part.size();
        return true;
    }
    std::string_view finish(string_view part) {
        const std::less<> before;
        const bool in_text = !before(part.data(), text_.data()) && before(part.data(), text_.data() + text_.size());
        if (pending_ == 0 && in_text) return std_view(part);
        gather(part);
        const std::size_t size = std::exchange(pending_, 0);
        return std::string_view(unescaped_).substr(unescaped_.size() - size);
    }

    // Two members of one name: RFC 7515 §4 refuses them in headers, RFC 7519 §4 in claims, we everywhere.
    // Pairwise while that is cheap, else by sorting, so that a body full of names costs n log n.
    bool has_duplicate_names(std::size_t object) {
        const std::uint32_t size = nodes_[object].size;
        if (size < 2) return false;
        names_.clear();
        const Node* member = nodes_.data() + object + 1;
        for (; member->next != 0; member += member->next) names_.push_back(member->name);
        names_.push_back(member->name);
        if (size > 16) {
            std::sort(names_.begin(), names_.end());
            return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
        }
        for (auto name = names_.begin() + 1; name != names_.end(); ++name)
            for (auto earlier = names_.begin(); earlier != name; ++earlier)
                if (same(*earlier, *name)) return true;
        return false;
    }
    bool refuse(const char* reason, error_code& ec) {
        reason_ = reason;
        ec = boost::json::error::exception;  // any code: ours is reason_
        return false;
    }

    void wipe() {
        explicit_bzero(text_.data(), text_.size());
        explicit_bzero(unescaped_.data(), unescaped_.size());
        unescaped_.clear();
    }

    std::string text_;
    std::string unescaped_;
    std::size_t pending_ = 0;  // bytes of the string now being put together at unescaped_'s end
    std::string_view name_;
    std::vector<Node> nodes_;
    std::vector<Open> open_;
    std::vector<std::string_view> names_;
    const char* reason_ = nullptr;
};

boost::json::parse_options options() {
    boost::json::parse_options options;  // its defaults are RFC 8259: no comments, no trailing commas, UTF-8 checked
    options.max_depth = max_depth;
    return options;
}

const char* reason_of(const error_code& ec) {
    if (ec == boost::json::error::too_deep) return "nested too deeply";
    if (ec == boost::json::error::incomplete) return "ends too early";
    if (ec == boost::json::error::exponent_overflow) return "number too large";
    return "syntax error";
}

}  // namespace

struct Document::State {
    boost::json::basic_parser<TapeWriter> parser{options()};
    ParseError error;
};

Document::Document() : state_(std::make_unique<State>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

const ParseError& Document::error() const { return state_->error; }

std::optional<Value> Document::parse(std::string_view text) {
    auto& parser = state_->parser;
    const auto refuse = [&](std::size_t offset, const char* reason) {
        state_->error = {offset, reason};
        return std::nullopt;
    };
    if (text.size() >= max_text) return refuse(max_text, "text too large");
    TapeWriter& tape = parser.handler();
    const std::string_view own = tape.start(text);
    parser.reset();
    error_code ec;
    const std::size_t read = parser.write_some(false, own.data(), own.size(), ec);
    if (ec) return refuse(read, tape.reason() != nullptr ? tape.reason() : reason_of(ec));
    if (read != own.size()) return refuse(read, "text after the value");
    return Value(tape.root());
}

}  // namespace keyhold::json
