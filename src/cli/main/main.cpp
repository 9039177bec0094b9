// SPDX-License-Identifier: Apache-2.0
// The program: Keyhold without routes of anybody else's.
#include "keyhold/server.hpp"

int main(int argc, char** argv) { return keyhold::Server().run(argc, argv); }
