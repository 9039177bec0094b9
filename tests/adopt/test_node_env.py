# SPDX-License-Identifier: Apache-2.0
"""How `keyhold adopt` reads the .env of a Node application: as npm's dotenv does, which does not read it as python-dotenv."""
import json
import shutil
import subprocess

import pytest
from reader import read
from test_settings_reader import module_of

# What parse() of npm's dotenv gave for each: 16.4.5, 17.2.3 and 18.0.10 give the same.
VERSION = "16.4.5"
TEXTS = [
    ('A=plain', {'A': 'plain'}),
    ('A=', {'A': ''}),
    ('A', {}),
    ('A=a#b', {'A': 'a'}),
    ('A=a #b', {'A': 'a'}),
    ('A=#b', {'A': ''}),
    ('A = spaced ', {'A': 'spaced'}),
    ('export A=1', {'A': '1'}),
    ("export  A = 'x' # c", {'A': 'x'}),
    ("A='single'", {'A': 'single'}),
    ("A='it''s'", {'A': "it''s"}),
    ("A='a\\nb'", {'A': 'a\\nb'}),
    ('A="a\\nb"', {'A': 'a\nb'}),
    ('A="a\\r\\nb"', {'A': 'a\r\nb'}),
    ('A="a\\tb"', {'A': 'a\\tb'}),
    ('A="a\\"b"', {'A': 'a\\"b'}),
    ("A='a\\'b'", {'A': "a\\'b"}),
    ('A=a\\nb', {'A': 'a\\nb'}),
    ('A=`back`', {'A': 'back'}),
    ('A=`a\'b"c`', {'A': 'a\'b"c'}),
    ('A=`a # b` # c', {'A': 'a # b'}),
    ('A="a # b" # c', {'A': 'a # b'}),
    ("A='a # b'", {'A': 'a # b'}),
    ('A="two\nlines"', {'A': 'two\nlines'}),
    ("A='two\nlines' # c", {'A': 'two\nlines'}),
    ('A=`two\nlines`', {'A': 'two\nlines'}),
    ('A="open', {'A': '"open'}),
    ("A='open\nB=2", {'A': "'open", 'B': '2'}),
    ('A="a"b', {'A': '"a"b'}),
    ('A="a" b', {'A': '"a" b'}),
    ('A="a"#b', {'A': 'a'}),
    ('A=a"b"', {'A': 'a"b"'}),
    ('A=${B}', {'A': '${B}'}),
    ('B=1\nA=x${B}y', {'B': '1', 'A': 'x${B}y'}),
    ('A=$B', {'A': '$B'}),
    ('B=1\nA="${B}"', {'B': '1', 'A': '${B}'}),
    ('A: colon', {'A': 'colon'}),
    ('A:colon', {}),
    ('A.b-c=1', {'A.b-c': '1'}),
    ('A b=1', {}),
    ('=1', {}),
    ('# A=1', {}),
    ('  # c\nA=1', {'A': '1'}),
    ('  A=1', {'A': '1'}),
    ('A=1\nA=2', {'A': '2'}),
    ('A=1\r\nB=2\r\n', {'A': '1', 'B': '2'}),
    ('A=1\rB=2', {'A': '1', 'B': '2'}),
    ('A=\n"next"', {'A': 'next'}),
    ('A=\nB=2', {'A': '', 'B': '2'}),
    ('A=\n\n  B=2', {'A': '', 'B': '2'}),
    ('\ufeffA=1', {'A': '1'}),
    ('A=\xa0x\xa0', {'A': 'x'}),
    ('A=\xe9 \xfc', {'A': '\xe9 \xfc'}),
    ('\xe9=1', {}),
    ("A='x' y # z", {'A': "'x' y"}),
    ('A=x  # y # z', {'A': 'x'}),
    ('A=""', {'A': ''}),
    ("A=''", {'A': ''}),
    ("A=' x '", {'A': ' x '}),
    ('A= x ', {'A': 'x'}),
    ('A="x" "y"', {'A': 'x" "y'}),
    ('A=a=b', {'A': 'a=b'}),
    ('A==b', {'A': '=b'}),
    ('1A=2', {'1A': '2'}),
    ('A=\'x"', {'A': '\'x"'}),
    ('A=\\', {'A': '\\'}),
    ('A="\\\\n"', {'A': '\\\n'}),
    ('A=`a\\nb`', {'A': 'a\\nb'}),
    ('A="a\\`"', {'A': 'a\\`'}),
    ('A=x\u2028B=2', {'A': 'x\u2028B=2'}),
    ('A=\t1\t', {'A': '1'}),
    ('A="a\nB=2\nC="d"', {'A': '"a', 'B': '2', 'C': 'd'}),
    ("A='a'\n'b'", {'A': 'a'}),
    ('A="l1\n"l2"\nl3"', {'A': '"l1'}),
    ('export\nA=1', {'A': '1'}),
    ('A=Vq3x#Kd6', {'A': 'Vq3x'}),
]


@pytest.fixture(scope="module")
def node_env():
    return module_of("node_env")


def test_a_dotenv_file_gives_what_nodes_dotenv_gives(node_env):
    for text, expected in TEXTS:
        assert {name: found for name, (found, _) in node_env.parse_node_env(text).items()} == expected, text


def test_what_is_expected_is_what_the_package_gives(tmp_path):
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    try:
        done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(tmp_path), f"dotenv@{VERSION}"], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry does not answer")
    if done.returncode:
        pytest.skip("npm's registry is not reached")
    script = "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).map(text => require('dotenv').parse(text))))"
    given = subprocess.run(["node", "-e", script], cwd=tmp_path, input=json.dumps([text for text, _ in TEXTS]), capture_output=True, text=True, check=True)
    assert json.loads(given.stdout) == [expected for _, expected in TEXTS]


NODE = {"package.json": '{"dependencies": {"express": "4", "dotenv": "16"}}', "index.js": "require('dotenv').config()"}


@pytest.mark.parametrize("value, key", [("Vq3x#Kd6", "Vq3x"), ("`Vq3x`", "Vq3x"), ("a${X}b", "a${X}b")])
def test_a_key_is_read_as_node_reads_it(value, key, tmp_path):
    told = read(tmp_path, {**NODE, ".env": f"X=1\nJWT_SECRET={value}\n"})
    assert told["found"]["secret_key"] == {"value": key, "where": ".env:2"} and not told["guesses"]


def test_what_a_package_fills_in_is_a_guess(tmp_path):
    told = read(tmp_path, {"package.json": '{"dependencies": {"next": "15"}}', ".env": "X=1\nJWT_SECRET=a${X}b\n"})
    assert told["found"]["secret_key"]["value"] == "a1b"
    assert ".env:2" in told["guesses"][0]["says"] and "next" in told["guesses"][0]["says"]


def test_a_file_that_python_may_read_too_is_a_guess_where_they_differ(tmp_path):
    told = read(tmp_path, {**NODE, "main.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n", ".env": "SECRET_KEY=Vq3x#Kd6\n"})
    assert told["found"]["secret_key"] == {"value": "Vq3x#Kd6", "where": ".env:1"}
    assert "Node may read it otherwise" in told["guesses"][0]["says"]


def test_a_folder_of_node_beside_one_of_python_has_its_own_rules(tmp_path):
    told = read(tmp_path, {"web/package.json": "{}", "api/main.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n", "api/.env": "SECRET_KEY=Vq3x#Kd6\n"})
    assert told["found"]["secret_key"]["value"] == "Vq3x#Kd6" and not told["guesses"]


def test_a_file_is_read_in_a_time_that_grows_with_its_length(node_env):
    for text in ("\n" * 60_000, "A=" + " " * 60_000 + "x", "A='" + "\\'x" * 19_000, "A" * 60_000, "A=\n" * 20_000):
        node_env.parse_node_env(text)
    with pytest.raises(node_env.TooLarge):
        node_env.parse_node_env("A" * 70_000)
