# SPDX-License-Identifier: Apache-2.0
# The end of the program: FOLDER prints what an application is configured with, `FOLDER doctor` what is dangerous in it, and
# both why it is not read, where a file says more than anybody means.
import json
import sys

if __name__ == "__main__":
    try:
        answer = (Doctor if sys.argv[2:] == ["doctor"] else Finder)(sys.argv[1]).run()  # noqa: F821
    except TooLarge as problem:  # noqa: F821
        answer = {"refused": str(problem)}
    print(json.dumps(answer))
