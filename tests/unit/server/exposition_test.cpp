// SPDX-License-Identifier: Apache-2.0
// The text exposition format, version 0.0.4, as Prometheus documents it.
#include "server/observe/exposition.hpp"

#include <gtest/gtest.h>

namespace keyhold::server {
namespace {

TEST(Exposition, a_family_says_what_it_is_before_its_samples) {
    Exposition out;
    out.family("http_requests_total", "counter", "The total number of HTTP requests.");
    out.sample({{"method", "post"}, {"code", "200"}}, std::uint64_t{1027});
    out.sample({{"method", "post"}, {"code", "400"}}, std::uint64_t{3});
    EXPECT_EQ(out.take(),
              "# HELP http_requests_total The total number of HTTP requests.\n"
              "# TYPE http_requests_total counter\n"
              "http_requests_total{method=\"post\",code=\"200\"} 1027\n"
              "http_requests_total{method=\"post\",code=\"400\"} 3\n");
}

TEST(Exposition, a_sample_without_labels_has_no_braces_and_a_histogram_has_suffixes) {
    Exposition out;
    out.gauge("temperature", "Degrees.", 36.6);
    out.family("latency_seconds", "histogram", "A histogram.");
    out.sample("_bucket", {{"le", "0.05"}}, std::uint64_t{24054});
    out.sample("_sum", {}, 53423.5);
    EXPECT_EQ(out.take(),
              "# HELP temperature Degrees.\n# TYPE temperature gauge\ntemperature 36.6\n"
              "# HELP latency_seconds A histogram.\n# TYPE latency_seconds histogram\n"
              "latency_seconds_bucket{le=\"0.05\"} 24054\nlatency_seconds_sum 53423.5\n");
}

}  // namespace
}  // namespace keyhold::server
