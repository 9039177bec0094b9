// SPDX-License-Identifier: Apache-2.0
// The OpenAPI 3.1 document, made from the routes.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keyhold/base/errors.hpp"
#include "keyhold/http/message.hpp"
#include "keyhold/http/problem.hpp"

namespace keyhold::http {

// A piece of the path, a member of the query, a field or a cookie that a route reads.
// `in` is one of the four words of OpenAPI 3.1 §4.8.12.
struct OperationParameter {
    std::string name;
    std::string_view in;  // "path", "query", "header", "cookie"
    bool required = true;
    std::string description;  // may be empty
    std::string schema;       // JSON Schema
};

// "Not authenticated (not_authenticated); ...": what a status may mean.
std::string describe_refusals(const std::set<Errc>& refusals);

// How refusals of a route look.
// Functions and no texts where the answer depends on the refusals of the very route: which statuses one is answered
// with, and what a status means.
struct RefusalShape {
    std::string_view media_type = "application/problem+json";
    std::string_view schema_name = "Problem";
    std::string_view (*schema)() = problem_schema;
    std::vector<int> (*statuses)(Errc) = [](Errc errc) { return std::vector{errc.row().status}; };
    std::string (*describe)(const std::set<Errc>&) = describe_refusals;
};

// One route as the document shows it. Filled by the route itself, by its parameters and by its result.
// Made once, when the route is added; nothing of it is looked at while requests are served.
struct Operation {
    Method method = Method::get;
    std::string path;
    std::string summary;
    std::string description;
    std::string tag;
    std::string request_schema;  // a key of `schemas`; empty: no body
    bool request_required = true;
    std::vector<std::string_view> request_media;  // media types of the body
    std::string request_example;                  // JSON that the interactive page proposes; empty: none
    std::string response_schema;                  // a key of `schemas`; empty: no JSON body
    std::string response_schema_text;             // instead of a key: JSON Schema
    std::string_view response_media = "application/json";
    std::vector<int> successes{200};             // the first may have a body; a page may lead on instead: 200, 303
    std::vector<OperationParameter> parameters;  // in the order of the handler
    bool locked = false;                         // needs a bearer token
    std::vector<std::string> scopes;             // and these scopes with it
    std::vector<Errc> refusals;                  // what it may answer instead
    RefusalShape refusal_shape;
    // Key -> JSON Schema: what add_schema() puts there, or a name. References name keys.
    std::map<std::string, std::string> schemas;
};

// The part of the document that no route knows: `info`, and where tokens come from.
struct DocumentTitle {
    std::string title;
    std::string version;
    std::string description;
    std::string token_url;  // of the OAuth2 password flow, relative to the document
    std::string refresh_url;
    std::string contact = "Whoever runs this server";  // a name
    std::string license = {};                          // of SPDX; empty: nobody says
    // What the tags and the scopes mean, as far as that is known: names and sentences.
    std::map<std::string, std::string, std::less<>> tags = {}, scopes = {};
};

// Paths and tags stand in the order of `operations`: what is needed first comes first. A schema has the name of
// its struct. Where several structs have one name, the program's own keeps it, and others stand behind their namespaces
// ("keyhold.api.Session").
// It is made once, when the server starts.
std::string openapi_document(const DocumentTitle& title, std::span<const Operation* const> operations);

}  // namespace keyhold::http
