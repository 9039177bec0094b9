// SPDX-License-Identifier: Apache-2.0
// By which door the log of events says that somebody came: what his route says of itself.
#include <gtest/gtest.h>

#include "base/caller.hpp"
#include "http/route.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"

namespace keyhold::http {

TEST(Door, is_the_routes_own_and_the_apis_where_it_says_nothing_whatever_its_tag) {
    const Services services;
    Routes routes;
    Mount mount(routes, services);
    Door seen = Door::server;
    const auto look = [&seen] { seen = caller_of_thread()->door; };
    mount.add(Method::get, "/theirs", {.summary = "s", .tag = "admin"}, look);
    mount.add(Method::get, "/ours", {.summary = "s", .tag = "t", .door = Door::admin}, look);
    const Cors cors{{}};
    const Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view) {}};
    const auto door_of = [&](std::string_view path) {
        Request request;
        request.method = Method::get;
        request.path = path;
        Response response;
        dispatcher.run(*dispatcher.find(request, response), request, response);
        EXPECT_EQ(response.status, 204);
        return seen;
    };
    EXPECT_EQ(door_of("/theirs"), Door::api);
    EXPECT_EQ(door_of("/ours"), Door::admin);
    EXPECT_EQ(caller_of_thread(), nullptr);
}

}  // namespace keyhold::http
