#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints blowfish_tables.cpp: Blowfish starts from the fraction of pi (Schneier, FSE 1993, "Subkeys").

    ./blowfish_tables.py > blowfish_tables.cpp

The unit test bcrypt_tables_test.cpp runs it again and compares.
"""
SUBKEYS, SBOXES = 18, 4
WORDS = SUBKEYS + SBOXES * 256


def fraction_of_pi(bits):
    """The first bits of pi - 3, by Machin's formula: pi/4 = 4 arctan(1/5) - arctan(1/239)."""
    guard = 64  # about 46,000 truncated divisions lose at most 17 bits
    one = 1 << (bits + guard)

    def arctan_of_inverse(n):
        power = total = one // n
        k, sign = 1, 1
        while power:
            power //= n * n
            k, sign = k + 2, -sign
            total += sign * (power // k)
        return total

    return (16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239) - 3 * one) >> guard


def rows(words):
    for i in range(0, len(words), 8):
        yield "    " + ", ".join(f"0x{word:08x}" for word in words[i:i + 8]) + ","


def main():
    fraction = fraction_of_pi(32 * WORDS)
    words = [fraction >> 32 * (WORDS - 1 - i) & 0xFFFFFFFF for i in range(WORDS)]
    print("// SPDX-License-Identifier: Apache-2.0\n// Made by blowfish_tables.py from the digits of pi.\n// clang-format off")
    print('#include "crypto/bcrypt/blowfish_tables.hpp"\n')
    print("namespace keyhold::crypto::bcrypt {\n")
    print(f"const std::uint32_t initial_subkeys[{SUBKEYS}] = {{", *rows(words[:SUBKEYS]), "};\n", sep="\n")
    print(f"const std::uint32_t initial_sboxes[{SBOXES}][256] = {{{{", sep="")
    for box in range(SBOXES):
        start = SUBKEYS + 256 * box
        print(*rows(words[start:start + 256]), "}, {" if box < SBOXES - 1 else "}};", sep="\n")
    print("\n}  // namespace keyhold::crypto::bcrypt")


if __name__ == "__main__":
    main()
