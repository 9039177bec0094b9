# SPDX-License-Identifier: Apache-2.0
# The end of the program: FOLDER prints what an application is configured with, `FOLDER doctor` what is dangerous in it.
import json
import sys

if __name__ == "__main__":
    print(json.dumps((Doctor if sys.argv[2:] == ["doctor"] else Finder)(sys.argv[1]).run()))  # noqa: F821
