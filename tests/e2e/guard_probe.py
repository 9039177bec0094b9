# SPDX-License-Identifier: Apache-2.0
"""guard_probe.cpp in Python: guard_probe.py issuer URL [option=value ...], then a line of input per question."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python"))
from keyhold import Guard, Refused

OPTIONS = {"audience": ("audience", str), "refresh_every": ("refresh_every", float), "cool_down": ("cool_down", float), "stale_if_error": ("stale_if_error", float),
           "wait_for_keys": ("wait_for_keys", lambda text: float(text) / 1000), "timeout": ("timeout", lambda text: float(text) / 1000), "ca_file": ("ca_file", str),
           "stale": ("revocations_stale_after", float), "follow": ("follow_revocations", lambda text: text == "yes"), "types": ("types", lambda text: text.split(","))}


def answer(guard, question):
    verb, *words = question.split()
    if verb == "trouble":
        return guard.trouble
    if verb == "revocations":
        known = guard.revocations()
        age = "never" if known.age is None else str(int(known.age * 1000))
        return f"{'followed' if known.followed else 'not followed'} {age} {known.sessions}"
    token = words.pop() if words else ""
    try:
        return f"200 {guard.check(f'Bearer {token}', *words).id}"
    except Refused as refused:
        return f"{refused.status} {refused.code}"


def main():
    try:
        options = [word.partition("=") for word in sys.argv[3:]]
        guard = Guard(sys.argv[2], **{OPTIONS[name][0]: OPTIONS[name][1](text) for name, _, text in options})
    except ValueError as problem:
        print(f"refused {problem}", flush=True)
        return 1
    print("ready", flush=True)
    for line in sys.stdin:
        print(answer(guard, line), flush=True)
    guard.close()
    return 0


sys.exit(main())
