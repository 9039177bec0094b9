// SPDX-License-Identifier: Apache-2.0
// A route of your own server, protected: any framework, nothing but <keyhold/verify.hpp>.
// Run it: protect_a_route SECRET_FILE < requests, where each line of input is the value of an Authorization field.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <keyhold/verify.hpp>

namespace {

// What your framework's handler would do with the request's Authorization field.
std::string handle_protected(const keyhold::Verifier& verifier, const std::string& authorization) {
    const auto token = verifier.verify_authorization(authorization);
    if (!token) return "401 Could not validate credentials (" + std::string(token.refusal()) + ")";
    return "200 Welcome " + std::string(token->subject());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: protect_a_route SECRET_FILE\n";
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::string secret{std::istreambuf_iterator<char>(file), {}};
    try {
        const auto verifier = keyhold::Verifier::from_secret(secret);
        for (std::string line; std::getline(std::cin, line);) std::cout << handle_protected(verifier, line) << '\n';
    } catch (const keyhold::InvalidKey& problem) {
        std::cerr << "protect_a_route: " << problem.what() << '\n';
        return 1;
    }
    return 0;
}
