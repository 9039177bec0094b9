// SPDX-License-Identifier: Apache-2.0
// /admin/import: users of another application, for owners. They are looked at first, and nothing is written before
// somebody has seen what would be.
#include "base/base64url.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "domain/adoption/text_import.hpp"
#include "domain/errors.hpp"
#include "keyhold/base/json.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

using domain::TextImport;

// The records are text in a field of the form, so a page of moderate size; larger ones are for the command.
struct ImportForm {
    static constexpr std::string_view schema_name = "AdminImportForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, format, records, username_column, password_column, active_column, disabled_column, everybody;
    std::string seen;  // digest_of() what was looked at
};
KEYHOLD_FIELDS(ImportForm, (action), (format, may_be_absent()), (records, may_be_absent()),
               (username_column, may_be_absent()), (password_column, may_be_absent()), (active_column, may_be_absent()),
               (disabled_column, may_be_absent()), (everybody, may_be_absent()), (seen, may_be_absent()))

// Of all that decides who comes in as what.
std::string digest_of(const ImportForm& form) {
    std::string text;
    json::Writer out(text);
    out.begin_array();
    for (const std::string* part : {&form.format, &form.records, &form.username_column, &form.password_column,
                                    &form.active_column, &form.disabled_column, &form.everybody})
        out.value(*part);
    out.end_array();
    return base64url::encode(crypto::sha256(text));
}

// The command and the call that do the same, with what was said.
std::vector<SameThing> same_things(const ImportForm& form) {
    const bool is_jsonl = form.format == "jsonl";
    std::string command = is_jsonl ? "keyhold import jsonl FILE" : "keyhold import csv FILE";
    command += option_for_command("--username-column", form.username_column) +
               option_for_command("--password-column", form.password_column) +
               option_for_command("--active-column", form.active_column) +
               option_for_command("--disabled-column", form.disabled_column);
    if (!form.everybody.empty()) command += " --everybody-may-log-in";
    const auto path = [&form](std::string_view apply) {
        const std::string query = query_with({{"username_column", form.username_column},
                                              {"password_column", form.password_column},
                                              {"active_column", form.active_column},
                                              {"disabled_column", form.disabled_column},
                                              {"everybody_may_log_in", form.everybody.empty() ? "" : "true"},
                                              {"apply", apply}});
        return "/admin/api/import" + (query.empty() ? query : "?" + query);
    };
    SameThing look{"admin_import.look", command, "POST", path("")};
    look.file = is_jsonl ? "application/x-ndjson" : "text/csv";
    SameThing apply = look;
    apply.label = "admin_import.apply";
    apply.command += " --apply";
    apply.path = path("true");
    return {look, apply};
}

// What was typed, so that the form shows it again.
Values values_of(const OwnerVisit& visit, const ImportForm& form) {
    return {{"is_csv", form.format != "jsonl"},
            {"is_jsonl", form.format == "jsonl"},
            {"records", form.records},
            {"username_column", form.username_column},
            {"password_column", form.password_column},
            {"active_column", form.active_column},
            {"disabled_column", form.disabled_column},
            {"everybody", !form.everybody.empty()},
            {"how", how(visit, same_things(form))}};
}

// Columns are named by options of the command; here they are fields of the form.
Error in_words_of_page(const Visit& visit, const Error& error) {
    constexpr std::pair<std::string_view, std::string_view> fields[] = {{"--username-column", "field.username"},
                                                                        {"--password-column", "admin_import.hash"},
                                                                        {"--active-column", "admin_import.active"},
                                                                        {"--disabled-column", "admin_import.disabled"}};
    std::string detail(error.detail());
    for (const auto& [option, label] : fields)
        if (const std::size_t at = detail.find(option); at != detail.npos)
            detail.replace(at, option.size(), visit.text("admin_import.columns") + " – " + visit.text(label));
    return {error.errc(), std::move(detail)};
}

// GET /admin/import
Answer show_import(const OwnerVisit& visit) { return visit.show("import", values_of(visit, {})); }

// POST /admin/import
Answer take_in(const OwnerForm<ImportForm>& form, TextImport& import) {
    const auto& [visit, fields] = form;
    const std::string digest = digest_of(fields);
    const bool applies = fields.action == "apply", was_seen = fields.seen == digest;
    TextImport::Wanted wanted{
        .format = fields.format == "jsonl" ? TextImport::Format::json_lines : TextImport::Format::csv,
        .text = fields.records,
        .names = {.username = fields.username_column,
                  .password = fields.password_column,
                  .roles = {},
                  .active = {},
                  .disabled = {},
                  .everybody = !fields.everybody.empty()},
        .importing = applies && was_seen ? store::Importing::write : store::Importing::look};
    if (!fields.active_column.empty()) wanted.names.active.push_back(fields.active_column);
    if (!fields.disabled_column.empty()) wanted.names.disabled.push_back(fields.disabled_column);
    const auto outcome = import.run(wanted, visit.rights());
    if (!outcome) {
        Values values = values_of(visit, fields);
        values.emplace_back("columns_are_asked", true);
        return visit.show_error("import", std::move(values), in_words_of_page(visit, outcome.error()));
    }
    const bool was_written = wanted.importing == store::Importing::write;
    // Once it is written the form is empty, so that nobody sends it twice.
    Values values = values_of(visit, was_written ? ImportForm() : fields);
    const Values counts{{"added", std::to_string(outcome->counts.added)},
                        {"present", std::to_string(outcome->counts.present)},
                        {"refused", std::to_string(outcome->counts.refused)}};
    std::vector<Values> refused;
    for (const auto& [line, reason] : outcome->refused)
        refused.push_back({{"line", std::to_string(line)}, {"reason", reason}});
    if (!was_written) values.emplace_back("seen", digest);
    values.emplace_back("is_other", applies && !was_seen);
    values.emplace_back("outcome", visit.text(was_written ? "admin_import.written" : "admin_import.would", counts));
    // The button to write is there only where something would come of it, and nothing is left to decide.
    values.emplace_back("may_apply", !was_written && outcome->counts.added > 0 && outcome->unclear.empty());
    values.emplace_back("apply", visit.text("admin_import.apply_these", counts));
    values.emplace_back("has_refused", !refused.empty());
    values.emplace_back("refused", std::move(refused));
    values.emplace_back("unread", joined(outcome->unread, ", "));
    values.emplace_back("columns_are_asked", !outcome->unclear.empty());
    values.emplace_back("unclear", joined(outcome->unclear, ", "));
    return visit.show("import", std::move(values));
}

}  // namespace

void add_admin_import_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/import", admin_route("Users of another application", http::On::looking_up),
              show_import);
    mount.add(http::Method::post, "/admin/import",
              admin_route("Take in users of another application", http::On::storing), take_in);
}

}  // namespace keyhold::pages
