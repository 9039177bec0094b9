// SPDX-License-Identifier: Apache-2.0
// /admin/api/import: users of another application, by owners. A file is the body as it is, so that `curl` sends it.
#include <array>

#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/adoption/text_import.hpp"
#include "http/errors.hpp"

namespace keyhold::api {

using domain::TextImport;

// A body of records.
struct RecordsFile {
    TextImport::Format format = TextImport::Format::csv;
    std::string_view text;  // of the request
};

namespace {

// RFC 7111 names the first. The second has no RFC; it is what is used for a JSON object on each line.
constexpr std::array<std::pair<std::string_view, TextImport::Format>, 2> file_types{
    {{"text/csv", TextImport::Format::csv}, {"application/x-ndjson", TextImport::Format::json_lines}}};

}  // namespace
}  // namespace keyhold::api

namespace keyhold::http {

// Refused: unsupported_media_type, also without a Content-Type: curl's own would be that of a form.
template <>
struct Extract<api::RecordsFile> {
    static Result<api::RecordsFile> from(const Request& request) {
        const std::string_view type = type_of_utf8_text(request.find("Content-Type").value_or(""));
        for (const auto& [name, format] : api::file_types)
            if (equal_ignoring_case(type, name)) return api::RecordsFile{format, request.body};
        return Error(errors::unsupported_media_type, "A file is text/csv or application/x-ndjson, in UTF-8");
    }
    static void describe(Operation& operation) {
        operation.request_schema = "AdminImportFile";
        operation.schemas["AdminImportFile"] =
            R"({"type":"string","description":"Users, as `keyhold import` reads them"})";
        for (const auto& [name, format] : api::file_types) operation.request_media.push_back(name);
        operation.refusals.insert(operation.refusals.end(), {errors::unsupported_media_type, errors::body_too_large});
    }
};

}  // namespace keyhold::http

namespace keyhold::api {
namespace {

struct ImportWish {
    static constexpr std::string_view schema_name = "AdminImportWish";
    bool apply = false, everybody_may_log_in = false;
    std::string username_column, password_column;
    std::vector<std::string> active_column, disabled_column;
};
KEYHOLD_FIELDS(ImportWish, (apply, about("Write them; without it they are only looked at"), otherwise(false)),
               (everybody_may_log_in, about("Whatever columns say of locks"), otherwise(false)),
               (username_column, about("Which column holds the names"), may_be_absent()),
               (password_column, about("Which column holds the password hashes"), may_be_absent()),
               (active_column, about("A column that says who may log in"), may_be_absent()),
               (disabled_column, about("A column that says who may not"), may_be_absent()))

struct RefusedRecord {
    static constexpr std::string_view schema_name = "AdminImportRefused";
    std::int64_t line = 0;
    std::string reason;
};
KEYHOLD_FIELDS(RefusedRecord, (line, about("Of the file, from 1")), (reason, about("A sentence")))

struct ImportOutcome {
    static constexpr std::string_view schema_name = "AdminImport";
    bool applied = false;
    std::int64_t added = 0, present = 0, refused = 0;
    std::vector<RefusedRecord> first_refused;
    std::vector<std::string> unread, undecided;
};
KEYHOLD_FIELDS(ImportOutcome, (applied, about("Whether anything was written")),
               (added, about("How many are new, or would be")), (present, about("How many were here already")),
               (refused, about("How many cannot come")), (first_refused, about("The first 50 of these")),
               (unread, about("Columns that nothing is read from")),
               (undecided, about("Of them, those that may lock people out: name them, or say everybody_may_log_in")))

// The reader of records names columns by the options of the command; here they are parameters of the query.
Error in_words_of_query(const Error& error) {
    std::string detail(error.detail());
    for (const std::string_view name : {"username", "password", "active", "disabled"}) {
        const std::string option = "--" + std::string(name) + "-column";
        for (std::size_t at = detail.find(option); at != detail.npos; at = detail.find(option))
            detail.replace(at, option.size(), std::string(name) + "_column");
    }
    return {error.errc(), std::move(detail)};
}

// POST /admin/api/import: without `apply` nothing is written. What is written is written whole, or up to a failure that
// is told: those who are here already are passed over when it is sent again.
Result<ImportOutcome> take_in(const Owner& who, const http::Query<ImportWish>& wish, const RecordsFile& file,
                              TextImport& import) {
    const auto outcome = import.run({.format = file.format,
                                     .text = std::string(file.text),
                                     .names = {.username = wish->username_column,
                                               .password = wish->password_column,
                                               .roles = {},
                                               .active = wish->active_column,
                                               .disabled = wish->disabled_column,
                                               .everybody = wish->everybody_may_log_in},
                                     .importing = wish->apply ? store::Importing::write : store::Importing::look},
                                    who.rights());
    if (!outcome) return in_words_of_query(outcome.error());
    ImportOutcome told{.applied = wish->apply,
                       .added = static_cast<std::int64_t>(outcome->counts.added),
                       .present = static_cast<std::int64_t>(outcome->counts.present),
                       .refused = static_cast<std::int64_t>(outcome->counts.refused),
                       .first_refused = {},
                       .unread = outcome->unread,
                       .undecided = outcome->unclear};
    for (const auto& [line, reason] : outcome->refused) told.first_refused.push_back({line, reason});
    return told;
}

}  // namespace

void add_admin_import_routes(http::Mount& mount) {
    mount.add(http::Method::post, "/admin/api/import",
              about_route("Take in users of another application", http::On::storing,
                          "For owners. A CSV file with a header, or a JSON object on each line. A file that is larger "
                          "than a request is for `keyhold import`.",
                          {errors::malformed, errors::import_undecided, errors::import_elsewhere}),
              take_in);
}

}  // namespace keyhold::api
