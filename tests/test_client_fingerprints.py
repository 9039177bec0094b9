# SPDX-License-Identifier: Apache-2.0
"""What the guards of clients/python and clients/js remember of a revocation feed, beside a plain dict: the same, in a tenth of the memory."""
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "clients/python"))

from keyhold._revocations import DatedFingerprints, Fingerprints  # noqa: E402

# A quarter of a million of either kind takes a quarter of what a million may.
MANY, MOST = 250_000, 4 << 20  # bytes

IN_JS = """
import {DatedFingerprints, Fingerprints} from './revocations.js';
import {randomFillSync} from 'node:crypto';
import {readFileSync} from 'node:fs';
const {added, asked, many} = JSON.parse(readFileSync(0));
const bytes = (number) => { const made = Buffer.alloc(8); made.writeBigUInt64BE(BigInt(number)); return made; };
const dated = new DatedFingerprints(), set = new Fingerprints();
for (const [number, at] of added) { dated.date(bytes(number), 0, at); set.add(bytes(number)); }
const said = asked.map((number) => [dated.dateOf(bytes(number)), set.has(bytes(number))]);
const used = [];
for (const Kind of [Fingerprints, DatedFingerprints]) {
  const set = new Kind(), one = Buffer.alloc(8);
  for (let i = 0; i < many; i++) { randomFillSync(one); if (Kind === Fingerprints) set.add(one); else set.date(one, 0, 1800000000); }
  used.push(set.bytes, set.size);
}
console.log(JSON.stringify({said, used, sizes: [dated.size, set.size]}));
"""


@pytest.fixture(scope="module")
def cases():
    drawn = random.Random(1)
    numbers = [0, 1, 2**64 - 1, *(drawn.getrandbits(64) for _ in range(3000))]
    added = [(number, drawn.choice((0, 5, 1_800_000_000, 2**32 - 1, 2**33))) for _ in range(3) for number in numbers]
    truth = {}
    for number, at in added:
        truth[number] = max(truth.get(number, 0), min(at, 2**32 - 1))
    return added, truth, [*numbers, *(drawn.getrandbits(64) for _ in range(1000)), *(number ^ 1 for number in numbers[3:500])]


@pytest.fixture(scope="module")
def in_js(cases):
    added, _, asked = cases
    question = json.dumps({"added": [(str(number), at) for number, at in added], "asked": [str(number) for number in asked], "many": MANY})
    done = subprocess.run(["node", "--input-type=module", "--eval", IN_JS], input=question, cwd=ROOT / "clients/js", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_python_remembers_what_a_dict_does(cases):
    added, truth, asked = cases
    dated, fingerprints = DatedFingerprints(), Fingerprints()
    assert dated.get(1) is None and 1 not in fingerprints
    for number, at in added:
        dated.add(number, at)
        fingerprints.add(number)
    assert fingerprints.size == len(truth)
    assert [(dated.get(number), number in fingerprints) for number in asked] == [(truth.get(number), number in truth) for number in asked]


def test_javascript_remembers_what_a_dict_does(cases, in_js):
    _, truth, asked = cases
    assert in_js["sizes"] == [len(truth)] * 2
    assert in_js["said"] == [[truth.get(number), number in truth] for number in asked]


def test_a_million_would_take_at_most_16_mib_in_javascript(in_js):
    sessions, many_sessions, accounts, many_accounts = in_js["used"]
    assert many_sessions == many_accounts == MANY
    assert 8 * MANY <= sessions <= MOST and 12 * MANY <= accounts <= MOST, (sessions, accounts)


def test_a_million_would_take_at_most_16_mib_in_python():
    drawn = random.Random(2)
    dated, fingerprints = DatedFingerprints(), Fingerprints()
    for _ in range(MANY):
        number = drawn.getrandbits(64)
        fingerprints.add(number)
        dated.add(number, 1_800_000_000)
    sessions = sum(map(sys.getsizeof, fingerprints._pieces))
    accounts = sum(sys.getsizeof(part) for piece in dated._pieces for part in piece)
    assert 8 * MANY <= sessions <= MOST and 12 * MANY <= accounts <= MOST, (sessions, accounts)
