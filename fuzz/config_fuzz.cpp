// SPDX-License-Identifier: Apache-2.0
// Whatever stands in keyhold.toml, in --bind, in DATABASE_URL, in `clients` and in `cors_origins`: it is understood, or
// refused with a reason.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "domain/clients/clients.hpp"
#include "http/routes/cors.hpp"
#include "server/process/bind.hpp"
#include "server/settings/settings.hpp"
#include "store/database/driver.hpp"

using namespace keyhold;

namespace {

template <class T>
// Accepted, or refused as a matter of the configuration with a reason; anything else is a finding.
void check(const Result<T>& result) {
    if (result) return;
    if (result.error().errc() != errors::configuration || result.error().detail().empty()) std::abort();
}

// The file that load_settings() reads, without a disk.
std::string file_of(std::string_view text) {
    static const int file = ::memfd_create("keyhold.toml", MFD_CLOEXEC);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        std::abort();
    return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check(server::load_settings(server::Mode::serve, {.flags = {}, .environment = {}, .config_file = file_of(text)}));
    for (const server::Setting& setting : server::settings_table()) {
        server::Settings settings;
        for (const server::Section* section : server::sections()) settings.sections.add(*section);
        // What was taken has to be one that can be shown.
        if (setting.set(server::object_of(setting, settings), text) && !setting.secret)
            (void)server::shown(setting, settings);
    }
    const auto bind = server::parse_bind("bind", text);
    check(bind);
    if (bind) (void)server::url_of(*bind);
    check(store::parse_url(text));
    check(domain::Clients::parse(Secret(text)));

    const http::Field origin{"Origin", text};
    http::Request request;
    request.fields = {&origin, 1};
    http::Response response;
    // The parser of requests lets none of these into a field.
    if (text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos)
        http::Cors({"http://localhost:*", "https://app.example"}).add_fields(request, response);
    return 0;
}
