// SPDX-License-Identifier: Apache-2.0
// /problems: each refusal with its sentence, which is where the `type` of problem details leads to (RFC 9457 §3.1.1).
#include <algorithm>

#include "domain/errors.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

Values shown(const ErrorRow& row) {
    return {{"code", std::string(row.code)},
            {"status", std::to_string(row.status)},
            {"name", std::string(row.title)},
            {"sentence", std::string(row.detail)},
            {"oauth", std::string(row.oauth)}};
}

// GET /problems
Answer show_all(const Visit& visit) {
    std::vector<const ErrorRow*> rows;
    for (const Errc& errc : visit.site().errors) rows.push_back(&errc.row());
    std::ranges::sort(rows, {}, &ErrorRow::code);
    std::vector<Values> list;
    for (const ErrorRow* row : rows) list.push_back(shown(*row));
    return visit.show("problems", {{"problems", std::move(list)}});
}

// GET /problems/{code}
Result<Answer> show_one(const Visit& visit, const http::Path<"code">& code) {
    for (const Errc& errc : visit.site().errors)
        if (errc.row().code == *code) return visit.show("problem", shown(errc.row()));
    return errors::not_found;
}

}  // namespace

void add_problem_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/problems", page_route("All refusals", http::On::looking_up), show_all);
    mount.add(http::Method::get, "/problems/{code}", page_route("A refusal", http::On::looking_up), show_one);
}

}  // namespace keyhold::pages
