// SPDX-License-Identifier: Apache-2.0
#include "http/route.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"
#include "http/errors.hpp"
#include "http/form.hpp"
#include "http/routes/twice.hpp"

namespace keyhold::http {

namespace {

// The segment of `path` that begins at `at`, behind a '/'.
std::string_view segment_at(std::string_view path, std::size_t at) {
    return path.substr(at, std::min(path.find('/', at), path.size()) - at);
}

// At the start of the program, by whoever declares the route: an error of the program and no refusal.
[[noreturn]] void refuse_route(std::string_view path, std::string_view why) {
    throw std::logic_error(std::string("the route ").append(path).append(" ").append(why));
}

// What can be a name of a variable in clients that are generated from the document.
bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return is_ascii_letter(c) || c == '_'; };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_ascii_digit(c); });
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// What may stand in a path as it is, RFC 3986 §3.3 (pchar without escapes). A literal is compared decoded, so an escape
// in it would be one that nobody can send.
bool is_literal(std::string_view segment) {
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@";
    return std::all_of(segment.begin(), segment.end(),
                       [&](char c) { return is_ascii_alphanumeric(c) || marks.find(c) != marks.npos; });
}

// What was sent, but for the last '/': a URI goes into Location as it came, since what was decoded may hold anything.
// Empty if what is left would name a host ("//host/path", RFC 3986 §4.2; browsers read '\\' as '/').
std::string without_last_slash(const Request& request) {
    std::string_view path = request.path;
    path.remove_suffix(1);
    if (path.size() < 2 || path[1] == '/' || path[1] == '\\') return {};
    std::string location(path);
    if (!request.query.empty()) location.append("?").append(request.query);
    return location;
}

}  // namespace

// One segment of the paths, and what may follow it.
// `path` is for messages alone: two routes that end at one node must be spelled alike.
struct Routes::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::string path;  // of the first route that ends here
    OfPath routes;
};

Routes::Routes() : root_(std::make_unique<Node>()) {}
Routes::~Routes() = default;
Routes::Routes(Routes&&) noexcept = default;
Routes& Routes::operator=(Routes&&) noexcept = default;

void Routes::refuse_below(std::string prefix, Refuse refuse) { refusals_.insert_or_assign(std::move(prefix), refuse); }

// The way through the tree for one request. `depth` counts the parameters on the way so far; pieces beyond it are left
// over from ways that led nowhere.
struct Routes::Walk {
    PathParameters& parameters;
    std::size_t depth = 0;
};

// Before the server starts, on one thread: whatever is wrong with a route ends the start.
void Routes::add(Route route) {
    const std::string& path = route.operation.path;
    if (!path.starts_with('/')) refuse_route(path, "does not begin with '/'");
    Node* node = root_.get();
    // "/" has no segment and is the root itself. A path that ends with '/' has an empty last segment and is refused
    // below.
    for (std::size_t at = 1; path.size() > 1 && at <= path.size();) {
        const std::string_view segment = segment_at(path, at);
        at += segment.size() + 1;
        if (segment.empty()) refuse_route(path, "has an empty segment, which no request is looked up by");
        if (is_parameter(segment)) {
            const std::string name(segment.substr(1, segment.size() - 2));
            if (!is_name(name)) refuse_route(path, "has a {parameter} whose name is not letters, digits and '_'");
            auto& names = route.parameter_names;
            if (std::find(names.begin(), names.end(), name) != names.end())
                refuse_route(path, "has two parameters called {" + name + "}");
            if (names.size() == PathParameters::most) refuse_route(path, "has more than 8 parameters");
            names.push_back(name);
            if (!node->parameter) node->parameter = std::make_unique<Node>();
            node = node->parameter.get();
        } else {
            if (!is_literal(segment))
                refuse_route(path,
                             "has a segment that no request can match: letters, digits, and -._~!$&'()*+,;=:@ can "
                             "be sent as they are, and a {parameter} is a whole segment");
            auto& next = node->literals[std::string(segment)];
            if (!next) next = std::make_unique<Node>();
            node = next.get();
        }
    }
    for (const auto& parameter : route.operation.parameters)
        if (parameter.in == "path" && std::find(route.parameter_names.begin(), route.parameter_names.end(),
                                                parameter.name) == route.parameter_names.end())
            refuse_route(path, "has no {" + parameter.name + "}, which its handler asks for");
    if (node->routes.empty()) node->path = path;
    // "/notes/{id}" and "/notes/{name}" end at one node: nobody could say which of them a request means.
    if (node->path != path) refuse_route(path, "matches the same requests as " + node->path);
    for (const auto& other : node->routes)
        if (other->operation.method == route.operation.method)
            throw RouteTwice("the route " + path + " is there twice with one method", *other);
    route.number = declared_.size() + 1;
    node->routes.push_back(std::make_unique<Route>(std::move(route)));
    declared_.push_back(node->routes.back().get());
    if (declared_.back()->parameter_names.empty()) by_path_[node->path] = &node->routes;
}

// "GET, HEAD, OPTIONS, POST": what the path's routes answer (RFC 9110 §10.2.1).
std::string Routes::allow_of(const OfPath& routes) {
    std::vector<std::string_view> names{name_of(Method::options)};
    for (const auto& route : routes) {
        names.push_back(name_of(route->operation.method));
        if (route->operation.method == Method::get) names.push_back(name_of(Method::head));
    }
    std::sort(names.begin(), names.end());
    return joined(names, ", ");
}

// `at` is where the next segment begins; past the end, the path is at its end. The tree is as deep as the longest
// route, so however many segments a path has, no more of them are looked at.
const Routes::OfPath* Routes::find_below(const Node& node, std::string_view path, std::size_t at, Walk& walk) {
    if (at > path.size()) return node.routes.empty() ? nullptr : &node.routes;
    const std::string_view segment = segment_at(path, at);
    if (segment.empty()) return nullptr;
    const std::size_t next = at + segment.size() + 1;
    if (!node.literals.empty()) {
        // Percent-encoded or not, it is the same segment (RFC 3986 §6.2.2). An encoded '/' is no border of it.
        const auto decoded = segment.find('%') == segment.npos ? std::nullopt : decode_path(segment);
        const auto found = node.literals.find(decoded ? std::string_view(*decoded) : segment);
        if (found != node.literals.end())
            if (const OfPath* const routes = find_below(*found->second, path, next, walk)) return routes;
    }
    if (!node.parameter) return nullptr;
    // A branch that fails leaves its value here and the next branch overwrites it, so only the branch that found a
    // route counts.
    walk.parameters.pieces[walk.depth] = {static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(segment.size())};
    ++walk.depth;
    const OfPath* const routes = find_below(*node.parameter, path, next, walk);
    --walk.depth;
    return routes;
}

const Routes::OfPath* Routes::find_path(std::string_view path, PathParameters& parameters) const {
    if (const auto found = by_path_.find(path); found != by_path_.end()) return found->second;
    constexpr std::size_t longest = 0xffff;  // PathParameters::Piece
    if (!path.starts_with('/') || path.size() > longest) return nullptr;
    Walk walk{parameters};
    return find_below(*root_, path, 1, walk);
}

Routes::Match Routes::find(const Request& request) const {
    std::string_view path = request.path;
    // RFC 9110 §9.3.7: asks about the server as a whole.
    if (path == "*" && request.method == Method::options) return {.allow = "GET, HEAD, OPTIONS, POST", .options = true};

    if (path.find('%') != path.npos && !decode_path(path)) return {};  // "%zz" stands for nothing

    Match match;
    const OfPath* const found = find_path(path, match.parameters);
    if (found == nullptr) {
        if (path.size() < 2 || path.back() != '/') return {};
        path.remove_suffix(1);
        const OfPath* const without = find_path(path, match.parameters);
        if (without == nullptr) return {};
        return {.redirect = without_last_slash(request), .of_our_pages = without->front()->of_our_pages};
    }
    // HEAD is GET without the body (RFC 9110 §9.3.2); the writer leaves it out.
    const Method wanted = request.method == Method::head ? Method::get : request.method;
    for (const auto& route : *found)
        if (route->operation.method == wanted) {
            match.route = route.get();
            match.parameters.names = route->parameter_names;
            match.of_our_pages = route->of_our_pages;
            return match;
        }
    return {.allow = allow_of(*found),
            .options = request.method == Method::options,
            .of_our_pages = found->front()->of_our_pages};
}

Refuse Routes::refuse_of(std::string_view path) const {
    PathParameters unused;
    if (const OfPath* const routes = find_path(path, unused)) return routes->front()->refuse;
    Refuse refuse = refuse_as_problem;
    for (const auto& [prefix, below] : refusals_)  // in their order, so the longest that fits comes last
        if (path.starts_with(prefix)) refuse = below;
    return refuse;
}

std::vector<const Operation*> Routes::operations() const {
    std::vector<const Operation*> operations;
    for (const Route* route : declared_)
        if (route->documented) operations.push_back(&route->operation);
    return operations;
}

Route Mount::begin(Method method, std::string_view path, RouteAbout about) const {
    Route route;
    route.on = about.on;
    route.on_for = about.on_for;
    route.waits_on = about.waits_on;
    route.no_store = about.no_store;
    route.documented = about.documented;
    route.from_other_sites = about.from_other_sites;
    route.of_our_pages = of_our_pages_;
    route.door = about.door;
    route.refuse = refuse_;
    Operation& operation = route.operation;
    operation.method = method;
    operation.path = path;
    operation.summary = about.summary;
    operation.description = about.description;
    operation.tag = about.tag;
    operation.refusals = std::move(about.refusals);
    operation.refusal_shape = refusal_shape_;
    // What the route may answer because of how it is run, so that the document is complete without each route saying
    // so.
    if (about.on == On::hashing || about.on == On::storing) operation.refusals.push_back(errors::overloaded);
    if (about.on == On::pool) operation.refusals.push_back(errors::busy);
    if (about.on == On::looking_up) operation.refusals.push_back(errors::store_unavailable);
    if (method != Method::get && !about.from_other_sites) operation.refusals.push_back(errors::cross_site);
    return route;
}

// Shared, as what a std::function holds must be copyable.
void Mount::serve_with(Route& route, std::unique_ptr<const detail::Endpoint> endpoint) const {
    route.handle = [endpoint = std::shared_ptr<const detail::Endpoint>(std::move(endpoint)), refuse = refuse_](
                       const Request& request, Response& response) {
        endpoint->serve({request, response, refuse});
    };
}

void describe_body(Operation& operation, Notation notation) {
    operation.request_media.clear();
    if (notation != Notation::form) operation.request_media.emplace_back("application/json");
    if (notation != Notation::json) operation.request_media.emplace_back("application/x-www-form-urlencoded");
    operation.refusals.insert(operation.refusals.end(),
                              {errors::validation_failed, errors::unsupported_media_type, errors::body_too_large});
}

}  // namespace keyhold::http
