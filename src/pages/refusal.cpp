// SPDX-License-Identifier: Apache-2.0
#include "pages/refusal.hpp"

#include "http/accept.hpp"
#include "http/answers.hpp"
#include "pages/render.hpp"

namespace keyhold::pages {
namespace {

std::string sentence_for_people(const Error& error) {
    if (error.errc() == errors::not_found)
        return "There is no page at this address. It may have been typed wrongly, or it has moved.";
    return std::string(error.detail());
}

}  // namespace

void refuse_as_page(http::Response& response, const Error& error, const http::Request& request) {
    http::refuse_as_problem(response, error, request);
    if (!http::wants_page(request)) return;
    const int status = response.status;
    http::Html page{render("refusal", request.path,
                           {{"title", "Error: " + std::string(error.row().title)},
                            {"heading", std::string(error.row().title)},
                            {"status", std::to_string(status)},
                            {"sentence", sentence_for_people(error)},
                            {"request_id", std::string(request.request_id)}})};
    page.status = status;
    response.body.clear();
    http::Respond<http::Html>::write(response, page);
}

}  // namespace keyhold::pages
