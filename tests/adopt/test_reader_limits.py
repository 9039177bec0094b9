# SPDX-License-Identifier: Apache-2.0
"""What `keyhold adopt` and `doctor` do with files that are made to be read for ever: they say so, and end."""
import subprocess
import sys

import pytest
from reader import program, read
from test_settings_reader import module_of


@pytest.fixture(scope="module")
def reader():
    return module_of("dotenv")


LAUGHS = "A0=" + "x" * 1000 + "\n" + "".join(f"A{n}=" + f"${{A{n - 1}}}" * 10 + "\n" for n in range(1, 12))
MANY = "A=" + "x" * 60_000 + "\n" + "".join(f"B{n}=${{A}}\n" for n in range(40))


@pytest.mark.parametrize("words", [(), ("doctor",)])
@pytest.mark.parametrize(("text", "line", "limit"), [(LAUGHS, 3, "64 KiB"), (MANY, 18, "1024 KiB")], ids=["one value", "all of them"])
def test_names_that_stand_for_names_are_not_followed_to_gigabytes(text, line, limit, words, tmp_path):
    told = read(tmp_path, {"main.py": "import os\nSECRET_KEY = os.getenv('SECRET_KEY')\n", "app/.env": text}, *words)
    assert list(told) == ["refused"]
    assert told["refused"].startswith(f"app/.env:{line}: ") and limit in told["refused"], told


def test_a_long_value_that_stands_there_is_read(reader):
    assert reader.parse_dotenv("A=" + "x" * 100_000 + "\nB=y\n")["A"] == ("x" * 100_000, 1)
    assert reader.parse_dotenv("A=" + "x" * 60_000 + "\nB=${A}y\n")["B"] == ("x" * 60_000 + "y", 2)


@pytest.mark.parametrize("text", ["A=x" + " " * 900_000 + "x\n", "A=\n" * 200_000, "".join(f"A{n}=1\n" for n in range(90_000)), "A=" + "${" * 400_000 + "\n", "A=" + "${" * 30_000 + ":x}\n"],
                         ids=["white space", "one name again and again", "many names", "braces", "braces and an end"])
def test_a_file_is_read_in_a_time_that_grows_with_its_length(text, tmp_path):
    (tmp_path / "main.py").write_text("")
    (tmp_path / ".env").write_text(text)
    done = subprocess.run([sys.executable, "-I", "-S", "-", str(tmp_path)], input=program(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_twice_another_one_is_given_up(tmp_path):
    text = "A0 = ''\n" + "".join(f"A{n} = A{n - 1} + A{n - 1}\n" for n in range(1, 26)) + "SECRET_KEY = A25\nALGORITHM = 'HS256'\n"
    told = read(tmp_path, {"config.py": text})
    assert told["found"]["algorithm"]["value"] == "HS256"
    assert any("it takes too long to work out" in one["why"] for one in told["not_found"]), told
