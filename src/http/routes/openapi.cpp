// SPDX-License-Identifier: Apache-2.0
#include "http/openapi.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/errors.hpp"
#include "http/routes/schema_names.hpp"

namespace keyhold::http {
namespace {

constexpr std::string_view security_scheme = "OAuth2PasswordBearer";  // FastAPI's name for it

// Keys of schemas stand in references until the document is complete; SchemaNames::resolved() puts the names in.
void write_reference(json::Writer& out, std::string_view schema) {
    out.name("schema");
    out.begin_object();
    out.member("$ref", "#/components/schemas/" + std::string(schema));
    out.end_object();
}

// One schema for all media types of a body: JSON and form are two ways to write the same struct.
void write_content(json::Writer& out, std::span<const std::string_view> media_types, std::string_view schema,
                   std::string_view example = {}) {
    out.name("content");
    out.begin_object();
    for (std::string_view media_type : media_types) {
        out.name(media_type);
        out.begin_object();
        write_reference(out, schema);
        if (!example.empty()) {
            out.name("example");
            out.raw(example);
        }
        out.end_object();
    }
    out.end_object();
}

// A redirect has no body that a program would read, so it is described without one.
void write_success(json::Writer& out, const Operation& operation, int status) {
    const bool leads_on = status >= 300;
    out.name(std::to_string(status));
    out.begin_object();
    out.member("description", leads_on ? "Elsewhere: see Location" : "Successful Response");
    if (leads_on || status == 201) {
        out.name("headers");
        out.raw(
            leads_on
                ? R"({"Location":{"description":"Where to go","schema":{"type":"string","format":"uri-reference"}}})"
                : R"({"Location":{"description":"Where it is found","schema":{"type":"string","format":"uri-reference"}}})");
    }
    if (!leads_on && !operation.response_schema.empty())
        write_content(out, {&operation.response_media, 1}, operation.response_schema);
    if (!leads_on && !operation.response_schema_text.empty()) {
        out.name("content");
        out.begin_object();
        out.name(operation.response_media);
        out.begin_object();
        out.name("schema");
        out.raw(operation.response_schema_text);
        out.end_object();
        out.end_object();
    }
    out.end_object();
}

void write_responses(json::Writer& out, const Operation& operation) {
    out.name("responses");
    out.begin_object();
    for (const int status : operation.successes) write_success(out, operation, status);

    std::map<int, std::set<Errc>> by_status;
    const RefusalShape& shape = operation.refusal_shape;
    for (Errc errc : operation.refusals)
        // One status may have several reasons and is one entry of the document. A page may answer the same refusal with
        // other statuses than the API does.
        for (const int status : shape.statuses(errc)) by_status[status].insert(errc);
    // Any request may be one that nobody understands; most operations refuse for reasons of their own, too.
    const auto first = by_status.lower_bound(400);
    if (first == by_status.end() || first->first >= 500)
        for (const int status : shape.statuses(errors::bad_request)) by_status[status].insert(errors::bad_request);
    for (const auto& [status, refusals] : by_status) {
        out.name(std::to_string(status));
        out.begin_object();
        out.member("description", shape.describe(refusals));
        write_content(out, {&shape.media_type, 1}, shape.schema_name);
        out.end_object();
    }
    out.end_object();
}

void write_parameters(json::Writer& out, const Operation& operation) {
    if (operation.parameters.empty()) return;
    out.name("parameters");
    out.begin_array();
    for (const OperationParameter& parameter : operation.parameters) {
        out.begin_object();
        out.member("name", parameter.name);
        out.member("in", parameter.in);
        // Absent means false (OpenAPI 3.1 §4.8.12), so nothing is said then.
        if (parameter.required) out.member("required", true);
        if (!parameter.description.empty()) out.member("description", parameter.description);
        out.name("schema");
        out.raw(parameter.schema);
        out.end_object();
    }
    out.end_array();
}

void write_operation(json::Writer& out, const Operation& operation) {
    // Unique, as method and path are, and good as a name of a function in a generated client.
    std::string id = ascii_lower(name_of(operation.method)) + operation.path;
    std::replace_if(
        id.begin(), id.end(), [](char c) { return !is_ascii_alphanumeric(c); }, '_');
    out.name(ascii_lower(name_of(operation.method)));
    out.begin_object();
    out.member("operationId", id);
    out.member("summary", operation.summary);
    if (!operation.description.empty()) out.member("description", operation.description);
    out.name("tags");
    out.begin_array();
    out.value(operation.tag);
    out.end_array();
    write_parameters(out, operation);
    if (!operation.request_schema.empty()) {
        out.name("requestBody");
        out.begin_object();
        out.member("required", operation.request_required);
        write_content(out, operation.request_media, operation.request_schema, operation.request_example);
        out.end_object();
    }
    write_responses(out, operation);
    // An empty list says that no token is needed; without one nobody would know whether it was forgotten.
    out.name("security");
    out.begin_array();
    if (operation.locked) {
        out.begin_object();
        out.name(security_scheme);
        out.begin_array();
        for (const std::string& scope : operation.scopes) out.value(scope);
        out.end_array();
        out.end_object();
    }
    out.end_array();
    out.end_object();
}

void write_info(json::Writer& out, const DocumentTitle& title) {
    out.name("info");
    out.begin_object();
    out.member("title", title.title);
    out.member("version", title.version);
    out.member("description", title.description);
    out.name("contact");
    out.begin_object();
    out.member("name", title.contact);
    out.end_object();
    if (!title.license.empty()) {
        out.name("license");
        out.begin_object();
        out.member("name", title.license);
        out.member("identifier", title.license);
        out.end_object();
    }
    out.end_object();
    // The folder of the document, also behind a proxy that puts us below a path of its own (OpenAPI 3.1.1 §4.5.1).
    out.name("servers");
    out.begin_array();
    out.begin_object();
    out.member("url", ".");
    out.end_object();
    out.end_array();
}

void write_components(json::Writer& out, const DocumentTitle& title, const std::map<std::string, std::string>& schemas,
                      const std::set<std::string>& scopes) {
    out.name("components");
    out.begin_object();
    out.name("schemas");
    out.begin_object();
    for (const auto& [name, schema] : schemas) {
        out.name(name);
        out.raw(schema);
    }
    out.end_object();
    out.name("securitySchemes");
    out.begin_object();
    out.name(security_scheme);
    out.begin_object();
    out.member("type", "oauth2");
    out.name("flows");
    out.begin_object();
    out.name("password");
    out.begin_object();
    // The interactive page at /docs logs in there.
    out.member("tokenUrl", title.token_url);
    out.member("refreshUrl", title.refresh_url);
    out.name("scopes");
    out.begin_object();
    // OpenAPI wants a description of each scope; what nobody described is the program's own, and is left empty.
    for (const std::string& scope : scopes) {
        const auto known = title.scopes.find(scope);
        out.member(scope, known != title.scopes.end() ? std::string_view(known->second) : std::string_view());
    }
    out.end_object();
    out.end_object();
    out.end_object();
    out.end_object();
    out.end_object();
    out.end_object();
}

}  // namespace

// By their sentence: refusals that read alike to clients stand together, with all their codes.
std::string describe_refusals(const std::set<Errc>& refusals) {
    std::map<std::string_view, std::string> codes_by_detail;
    for (Errc errc : refusals) {
        std::string& codes = codes_by_detail[errc.row().detail];
        codes.append(codes.empty() ? "" : ", ").append(errc.row().code);
    }
    std::string text;
    for (const auto& [detail, codes] : codes_by_detail)
        text.append(text.empty() ? "" : "; ").append(detail).append(" (").append(codes).append(")");
    return text;
}

std::string openapi_document(const DocumentTitle& title, std::span<const Operation* const> operations) {
    // Vectors and no maps, for the order of the document.
    std::vector<std::pair<std::string_view, std::vector<const Operation*>>> paths;
    std::vector<std::string_view> tags;
    SchemaNames schemas;
    schemas.add("Problem", std::string(problem_schema()));
    std::set<std::string> scopes;
    for (const Operation* operation : operations) {
        scopes.insert(operation->scopes.begin(), operation->scopes.end());
        auto path =
            std::find_if(paths.begin(), paths.end(), [&](const auto& entry) { return entry.first == operation->path; });
        if (path == paths.end()) path = paths.insert(path, {operation->path, {}});
        path->second.push_back(operation);
        if (std::find(tags.begin(), tags.end(), operation->tag) == tags.end()) tags.push_back(operation->tag);
        schemas.add(std::string(operation->refusal_shape.schema_name), std::string(operation->refusal_shape.schema()));
        for (const auto& [key, schema] : operation->schemas) schemas.add(key, schema);
    }
    schemas.decide();

    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("openapi", "3.1.0");
    write_info(out, title);
    out.name("paths");
    out.begin_object();
    for (const auto& [path, of_path] : paths) {
        out.name(path);
        out.begin_object();
        for (const Operation* operation : of_path) write_operation(out, *operation);
        out.end_object();
    }
    out.end_object();
    out.name("tags");
    out.begin_array();
    for (std::string_view tag : tags) {
        out.begin_object();
        out.member("name", tag);
        if (const auto found = title.tags.find(tag); found != title.tags.end())
            out.member("description", found->second);
        out.end_object();
    }
    out.end_array();
    write_components(out, title, schemas.schemas(), scopes);
    out.end_object();
    return schemas.resolved(text);
}

}  // namespace keyhold::http
