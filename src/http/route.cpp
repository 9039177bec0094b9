#include "http/route.hpp"

#include <algorithm>
#include <stdexcept>

#include "http/form.hpp"

namespace keyhold::http {

namespace {

// How a path ends that stands for one thing of many; PathId is what stands there.
constexpr std::string_view id_segment = "/{id}";

// What was sent, but for the last '/': a URI goes into Location as it came, for what was decoded may hold anything.
// Empty if the last '/' was sent percent-encoded and so belongs to a name, or if what is left would name a host
// ("//host/path", RFC 3986 §4.2; browsers read '\\' as '/').
std::string without_last_slash(const Request& request) {
    std::string_view path = request.path;
    if (!path.ends_with('/')) return {};
    path.remove_suffix(1);
    if (path.size() < 2 || path[1] == '/' || path[1] == '\\') return {};
    std::string location(path);
    if (!request.query.empty()) location.append("?").append(request.query);
    return location;
}

}  // namespace

void Routes::add(Route route) {
    auto& of_path = by_path_[route.operation.path];
    for (const auto& other : of_path)
        if (other->operation.method == route.operation.method)
            throw std::logic_error("two routes for " + route.operation.path);
    route.number = declared_.size() + 1;
    of_path.push_back(std::make_unique<Route>(std::move(route)));
    declared_.push_back(of_path.back().get());
}

// "GET, HEAD, OPTIONS, POST": what the path's routes answer (RFC 9110 §10.2.1).
std::string Routes::allow_of(const OfPath& routes) {
    std::vector<std::string_view> names{name_of(Method::options)};
    for (const auto& route : routes) {
        names.push_back(name_of(route->operation.method));
        if (route->operation.method == Method::get) names.push_back(name_of(Method::head));
    }
    std::sort(names.begin(), names.end());
    std::string allow;
    for (std::string_view name : names) allow.append(allow.empty() ? "" : ", ").append(name);
    return allow;
}

const Routes::OfPath* Routes::find_path(std::string_view path) const {
    if (const auto found = by_path_.find(path); found != by_path_.end()) return &found->second;
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos || slash + 1 == path.size()) return nullptr;
    const auto found = by_path_.find(std::string(path.substr(0, slash)).append(id_segment));
    return found != by_path_.end() ? &found->second : nullptr;
}

Routes::Match Routes::find(const Request& request) const {
    // Percent-encoded or not, it is the same path (RFC 3986 §6.2.2).
    std::string decoded;
    std::string_view path = request.path;
    if (path.find('%') != path.npos) {
        auto text = decode_path(path);
        if (!text) return {};
        decoded = std::move(*text);
        path = decoded;
    }
    if (path == "*" && request.method == Method::options) return {.allow = "GET, HEAD, OPTIONS, POST", .options = true};

    const OfPath* const found = find_path(path);
    if (found == nullptr) {
        if (path.size() < 2 || path.back() != '/') return {};
        path.remove_suffix(1);
        if (find_path(path) == nullptr) return {};
        return {.redirect = without_last_slash(request)};
    }
    const Method wanted = request.method == Method::head ? Method::get : request.method;
    for (const auto& route : *found)
        if (route->operation.method == wanted) return {.route = route.get()};
    return {.allow = allow_of(*found), .options = request.method == Method::options};
}

std::vector<const Operation*> Routes::operations() const {
    std::vector<const Operation*> operations;
    for (const Route* route : declared_)
        if (route->documented) operations.push_back(&route->operation);
    return operations;
}

}  // namespace keyhold::http
