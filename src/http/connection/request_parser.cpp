// SPDX-License-Identifier: Apache-2.0
// The only file that includes Beast: its header parser with callbacks that fill in a RequestHead.
#include "http/connection/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "http/connection/buffer.hpp"
#include "http/connection/request_head.hpp"
#include "http/errors.hpp"
#include "http/request_target.hpp"

namespace keyhold::http {
namespace {

namespace beast = boost::beast::http;
using boost::system::error_code;

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

// Beast checks the grammar of start line, fields and chunks and decides where the body ends. Here stands what it lets
// pass and we do not, and what becomes of the pieces. The views that callbacks get point into the bytes of the current
// feed(), so positions are stored and no views.
class Parser final : public beast::basic_parser<true> {
public:
    Parser(RequestHead& head, const Limits& limits) : head_(head), limits_(limits) {
        header_limit(static_cast<std::uint32_t>(limits.head));
        body_limit(limits.body);
        eager(true);  // head and body in one put()
    }
    // Before each put(): the buffer may have moved since the last one.
    void set_input(std::string_view input) { input_ = input; }

private:
    using View = boost::beast::string_view;

    // Empty if the text does not stand in the input: Beast hands out a copy of its own for obs-fold.
    std::optional<ByteRange> range(View text) const {
        const std::less_equal<> le;
        if (!le(input_.data(), text.data()) || !le(text.data() + text.size(), input_.data() + input_.size()))
            return text.empty() ? std::optional(ByteRange{}) : std::nullopt;
        return ByteRange{static_cast<std::uint32_t>(text.data() - input_.data()),
                         static_cast<std::uint32_t>(text.size())};
    }
    // RFC 9112 §5.2: a value that goes on in the next line, or begins there.
    bool is_folded(ByteRange name, ByteRange value) const {
        if (value.size == 0) return false;
        const std::size_t end = name.offset + name.size;
        return input_.substr(end, value.offset - end).find('\n') != input_.npos;
    }
    // Any error stops Beast; which one it is given does not matter, as `refusal` says why.
    void refuse(Errc errc, error_code& ec) {
        if (!head_.refusal) head_.refusal = errc;
        ec = beast::error::bad_field;
    }

    void on_request_impl(beast::verb, View method, View target, int version, error_code& ec) override {
        // Method and target always stand in the input; Beast copies nothing but folded values.
        head_.method = *range(method);
        head_.target = *range(target);
        head_.http_1_0 = version == 10;
        // Looked at here as well as in refusal_of(), since a target may be too long while the whole head is not.
        if (target.size() > limits_.target) return refuse(errors::target_too_long, ec);
        if (!http::parse_target({method.data(), method.size()}, {target.data(), target.size()}))
            return refuse(errors::bad_request, ec);
        if (version != 10 && version != 11) return refuse(errors::version_not_supported, ec);
    }

    void on_field_impl(beast::field id, View name, View value, error_code& ec) override {
        if (head_.head_complete) return;  // a trailer: none is understood, so all are dropped (RFC 9110 §6.5.1)
        const auto name_range = range(name), value_range = range(value);
        if (!name_range || !value_range || is_folded(*name_range, *value_range)) return refuse(errors::bad_request, ec);
        if (head_.fields.size() == limits_.fields) return refuse(errors::head_too_large, ec);
        head_.fields.push_back({*name_range, *value_range});
        const std::string_view text(value.data(), value.size());
        // RFC 9112 §3.2: a request with two of them, or with an invalid one, is answered 400.
        if (id == beast::field::host && (++head_.hosts > 1 || !is_host(text))) return refuse(errors::bad_request, ec);
        // RFC 9110 §8.6 lets a recipient take "5, 5" for 5. We refuse it, because a proxy before us may have read it
        // otherwise.
        if (id == beast::field::content_length && (++head_.content_lengths > 1 || !all_digits(text)))
            return refuse(errors::bad_request, ec);
        if (id == beast::field::transfer_encoding) {
            if (++head_.transfer_codings > 1) return refuse(errors::bad_request, ec);
            head_.chunked = equal_ignoring_case(text, "chunked");
            // RFC 9112 §6.1: 501 for a coding that we do not understand. "gzip, chunked" is one of these.
            if (!head_.chunked) return refuse(errors::not_implemented, ec);
        }
        // RFC 9110 §10.1.1: a 1.0 client's 100-continue is ignored; any other expectation cannot be met.
        if (id == beast::field::expect) {
            head_.expects_continue = !head_.http_1_0 && equal_ignoring_case(text, "100-continue");
            if (!head_.expects_continue && !head_.http_1_0) return refuse(errors::expectation_failed, ec);
        }
    }

    void on_header_impl(error_code& ec) override {
        // RFC 9112 §6.1: a message with both, or a 1.0 message with a transfer coding, is how requests are
        // smuggled. §3.2: from 1.1 on, there is a Host.
        if (head_.transfer_codings != 0 && (head_.content_lengths != 0 || head_.http_1_0))
            return refuse(errors::bad_request, ec);
        if (head_.hosts == 0 && !head_.http_1_0) return refuse(errors::bad_request, ec);
        head_.head_complete = true;
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    // A body of known length comes in pieces that follow each other in the input, so one range holds all of it.
    std::size_t on_body_impl(View body, error_code& ec) override {
        const auto piece = range(body);
        if (!piece) {
            refuse(errors::internal, ec);
            return 0;
        }
        if (head_.body.size == 0) head_.body.offset = piece->offset;
        head_.body.size += piece->size;
        return body.size();
    }
    // RFC 9112 §7.1.1: Beast takes a line feed within quotes for text, and others for the end of the line.
    void on_chunk_header_impl(std::uint64_t, View extension, error_code& ec) override {
        const auto is_refused = [](char c) { return is_ascii_control(c) && c != '\t'; };
        if (std::any_of(extension.begin(), extension.end(), is_refused)) refuse(errors::bad_request, ec);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code&) override {
        append_in_steps(head_.chunked_body, {body.data(), body.size()});
        return body.size();
    }
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, View, int, error_code&) override {}

    RequestHead& head_;
    const Limits& limits_;
    std::string_view input_;
};

// Whether the request line has three parts of which the last is a version (RFC 9112 §2.3), though none of ours.
// So that "GET / HTTP/2.0" is told which versions we speak, while random bytes are told that they are no HTTP.
bool names_a_version(std::string_view input) {
    const std::string_view line = input.substr(0, input.find("\r\n"));
    if (std::count(line.begin(), line.end(), ' ') != 2) return false;
    const std::string_view version = line.substr(line.rfind(' ') + 1);
    return version.size() == 8 && version.starts_with("HTTP/") && is_ascii_digit(version[5]) && version[6] == '.' &&
           is_ascii_digit(version[7]);
}

// Beast's errors in our words; what is not listed is a request that is not HTTP.
Errc refusal_of(const error_code& ec, std::string_view input, const Limits& limits) {
    if (ec == beast::error::body_limit) return errors::body_too_large;
    if (ec == beast::error::bad_version)
        return names_a_version(input) ? errors::version_not_supported : errors::bad_request;
    // Beast says only that the head is too long; whether the first line alone is, the client wants to know.
    if (ec == beast::error::header_limit) {
        const std::size_t line = std::min(input.find('\n'), input.size());
        return line > limits.target ? errors::target_too_long : errors::head_too_large;
    }
    return errors::bad_request;
}

}  // namespace

struct RequestParser::State_ {
    explicit State_(const Limits& the_limits) : limits(the_limits) {}

    // Behind the head of a chunked body stands nothing that is not consumed but a piece of framing without its end.
    State needs_more(std::size_t input) {
        if (!head.head_complete || !head.chunked || input - consumed <= limits.framing) return State::need_more;
        head.refusal = errors::body_too_large;
        return State::refused;
    }

    const Limits& limits;
    RequestHead head;
    std::optional<Parser> parser;
    std::size_t consumed = 0;
    std::size_t head_size = 0;  // once it was looked for
    // Bytes that let_go() took out.
    std::size_t gone = 0;
    // What the Request of request() refers to; its memory is used again for the next request.
    mutable std::vector<Field> fields;
};

RequestParser::RequestParser(const Limits& limits) : state_(std::make_unique<State_>(limits)) { restart(); }
RequestParser::~RequestParser() = default;

void RequestParser::restart() {
    state_->head.clear();
    state_->parser.emplace(state_->head, state_->limits);
    state_->consumed = state_->head_size = state_->gone = 0;
}

RequestParser::State RequestParser::feed(std::string_view input) {
    State_& s = *state_;
    s.parser->set_input(input);
    // One put() reads the head, further ones the body: call it until it is stuck or done.
    while (!s.parser->is_done()) {
        error_code ec;
        const std::size_t used =
            s.parser->put(boost::asio::buffer(input.data() + s.consumed, input.size() - s.consumed), ec);
        s.consumed += used;
        if (ec == beast::error::need_more) return s.needs_more(input.size());
        if (ec) {
            if (!s.head.refusal) s.head.refusal = refusal_of(ec, input, s.limits);
            return State::refused;
        }
        // Without this an input that ends between two steps of Beast would be tried for ever.
        if (used == 0 && !s.parser->is_done()) return s.needs_more(input.size());
    }
    return State::complete;
}

// A chunked body may carry more framing than content, and its content was copied already; without this a request could
// hold several times what its body may be. Only what stands behind the head goes, as the head's offsets are still
// needed.
void RequestParser::let_go(std::string& input) {
    State_& s = *state_;
    if (!s.head.head_complete || !s.head.chunked) return;
    if (s.head_size == 0) {
        const FieldRange& last = s.head.fields.back();  // there is Transfer-Encoding, at least
        const std::size_t end = std::max(last.name.offset + last.name.size, last.value.offset + last.value.size);
        s.head_size = input.find("\r\n\r\n", end) + 4;
    }
    const std::size_t spent = s.consumed - s.head_size;
    input.erase(s.head_size, spent);
    if (input.capacity() > 2 * input.size()) input.shrink_to_fit();
    s.consumed = s.head_size;
    s.gone += spent;
}

std::size_t RequestParser::let_go_of() const { return state_->gone; }
std::size_t RequestParser::consumed() const { return state_->consumed; }
Errc RequestParser::refusal() const { return state_->head.refusal.value_or(errors::bad_request); }
std::optional<Request> RequestParser::begin_of_request(std::string_view input) const {
    const RequestHead& head = state_->head;
    const std::string_view target = head.target.in(input);
    if (target.empty() || !parse_target(head.method.in(input), target)) return std::nullopt;
    Request request = request_of(head, input, state_->fields);
    request.body = {};
    return request;
}
bool RequestParser::head_complete() const { return state_->head.head_complete; }
bool RequestParser::expects_continue() const { return state_->head.expects_continue; }

Request RequestParser::request(std::string_view input) const { return request_of(state_->head, input, state_->fields); }

}  // namespace keyhold::http
