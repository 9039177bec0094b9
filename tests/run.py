#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the tests; ./test calls this once everything is installed."""
import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import databases
from memory import keep_temporary_files_in_memory
from report import Report

class BuildFailed(Exception):
    pass


ROOT = Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 2)


def sh(*command, **kwargs):
    """Runs a command with its output shown; its exit code."""
    return subprocess.run([str(word) for word in command], **kwargs).returncode


def build(preset, *targets):
    """Configures if need be and builds, by the same function as ./run."""
    script = f'set -euo pipefail; root={ROOT}; . "$root/packaging/install.sh"; build "$@"'
    if sh("bash", "-c", script, "test", preset, *targets):
        raise BuildFailed(f"the build of {preset}")


def run_programs(report, preset, pattern):
    """Every program that CMake knows as a test, through ctest; those of GoogleTest are counted test by test."""
    build(preset)
    folder = report.fresh_folder(preset)
    environment = os.environ | {"GTEST_OUTPUT": f"xml:{folder}/", "GTEST_BRIEF": "1"}
    sh("ctest", "--test-dir", ROOT / "build" / preset, "--output-on-failure", "--parallel", JOBS,
       "--output-junit", folder / "ctest.xml", *(["-R", pattern] if pattern else []), env=environment)
    report.add_programs(preset, folder)


def run_pytest(report, name, binary, arguments, files=()):
    """The end-to-end tests and the checks of the tree."""
    folder = report.fresh_folder(name)
    environment = os.environ | {"KEYHOLD_BINARY": str(binary), "PYTHONDONTWRITEBYTECODE": "1"}
    code = sh(sys.executable, "-m", "pytest", "-c", ROOT / "tests/pytest.ini", "--junitxml", folder / "pytest.xml",
              *arguments, *(files or [ROOT / "tests"]), env=environment, cwd=ROOT)
    report.add_pytest(name, folder / "pytest.xml", code)


def run_files_beside_each_other(report, name, binary, arguments, marks="", files=()):
    """Most tests wait more than they compute. One by one, behind the others, what is about durations."""
    also = f" and {marks}" if marks else ""
    processes = ["-n", str((os.cpu_count() or 2) + 1), "--dist", "loadfile"]
    run_pytest(report, name, binary, [*arguments, *processes, "-m", f"not speed and not alone{also}"], files)
    run_pytest(report, f"{name}-alone", binary, [*arguments, "-m", f"(speed or alone){also}"], files)


def unit(report, options):
    """With all tests, what they stand on is what is released, compiled once for both parts; alone, what developers have built."""
    databases.start_both()
    run_programs(report, "dev" if options.unit else "test", options.k)


# Of the end-to-end tests, those that ask something of the database; the default run has them on every database.
ON_EVERY_DATABASE = ["names", "register", "login", "refresh", "sessions", "throttle", "keys", "rotation", "cli", "import", "db_command", "code_race", "recovery",
                     "address_change", "admin_api"]


def e2e(report, options):
    databases.start_both()
    preset = "release" if options.e2e else "test"
    build(preset, "keyhold")
    sh(ROOT / "packaging/npm-install", ROOT / "tests/e2e/node")
    binary = ROOT / "build" / preset / "keyhold"
    chosen = ["-k", options.k] if options.k else []
    if not options.database:
        run_files_beside_each_other(report, "e2e", binary, chosen)
    for kind in [options.database] if options.database else ["postgresql", "mariadb"]:
        os.environ["KEYHOLD_TEST_DATABASE"] = kind
        some = [] if options.database else [ROOT / f"tests/e2e/test_{name}.py" for name in ON_EVERY_DATABASE]
        run_files_beside_each_other(report, f"e2e-{kind}", binary, chosen, "not sqlite and not tree and not speed", some)
    os.environ.pop("KEYHOLD_TEST_DATABASE", None)


def clients(report, options):
    build("release", "keyhold")
    os.environ["KEYHOLD_TEST_CLIENTS"] = "1"
    run_pytest(report, "clients", ROOT / "build/release/keyhold", ["-k", options.k] if options.k else [], sorted((ROOT / "tests/e2e").glob("test_foreign_*.py")))
    os.environ.pop("KEYHOLD_TEST_CLIENTS")


def packages(report, options):
    os.environ["KEYHOLD_TEST_PACKAGES"] = "1"
    run_pytest(report, "packages", ROOT / "build/packages/unpacked/keyhold/usr/bin/keyhold", ["-k", options.k] if options.k else [], [ROOT / "tests/packages"])
    os.environ.pop("KEYHOLD_TEST_PACKAGES")


def sanitized(preset):
    def run(report, options):
        databases.start_both()
        run_programs(report, preset, options.k)
        sh(ROOT / "packaging/npm-install", ROOT / "tests/e2e/node")
        os.environ["KEYHOLD_TEST_SECONDS"] = "120"
        run_files_beside_each_other(report, f"{preset}-e2e", ROOT / "build" / preset / "keyhold", ["-k", options.k] if options.k else [], "not speed and not tree")
    return run


def tidy(report, options):
    build("dev")
    sources = sorted(path.relative_to(ROOT) for path in (ROOT / "src").rglob("*.cpp") if not options.k or options.k in str(path))

    def check(source):
        begin = time.monotonic()
        done = subprocess.run(["clang-tidy-14", "--quiet", "-p", ROOT / "build/dev", ROOT / source], capture_output=True, text=True)
        return source, done.returncode == 0, f"clang-tidy {source}: {time.monotonic() - begin:.0f} s\n{done.stdout}"

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for source, clean, said in pool.map(check, sources):
            print(said, end="", flush=True)
            report.add_one(f"clang-tidy {source}", clean)


def fuzz(report, options):
    build("fuzz")
    for program in sorted((ROOT / "build/fuzz/fuzz").glob("fuzz_*")):
        if not os.access(program, os.X_OK) or program.is_dir() or (options.k and options.k not in program.name):
            continue
        # What a run finds goes to the build folder; what is committed is only read.
        found = ROOT / "build/fuzz/corpus" / program.name
        found.mkdir(parents=True, exist_ok=True)
        seeds = ROOT / "fuzz/corpus" / program.name.removeprefix("fuzz_")
        code = sh(program, f"-max_total_time={options.fuzz}", "-print_final_stats=1", f"-artifact_prefix={found}/",
                  found, *([seeds] if seeds.is_dir() else []))
        report.add_one(program.name, code == 0)


def main():
    parser = argparse.ArgumentParser(prog="./test", description="Without options: --unit and --e2e.")
    parser.add_argument("--unit", action="store_true", help="the GoogleTest programs, built as preset dev")
    parser.add_argument("--e2e", action="store_true", help="pytest: the release binary as its users see it, and the tree")
    parser.add_argument("--asan", action="store_true", help="both, under AddressSanitizer and UBSan")
    parser.add_argument("--tsan", action="store_true", help="both, under ThreadSanitizer")
    parser.add_argument("--fuzz", metavar="SECONDS", type=int, help="each fuzz target for so long")
    parser.add_argument("--tidy", action="store_true", help="clang-tidy over src/")
    parser.add_argument("--clients", action="store_true", help="OAuth clients of others, and frameworks, fetched from where their users have them (Python, npm, Go, Maven, Debian)")
    parser.add_argument("--packages", action="store_true", help="Debian's packages: built, looked at, installed into a fresh Debian (as root)")
    parser.add_argument("--long", action="store_true", help="the long variants of property tests too")
    parser.add_argument("--database", choices=["postgresql", "mariadb"], help="with --e2e: every test on this one, and none on SQLite")
    parser.add_argument("-k", metavar="PATTERN", help="only what matches, as in pytest -k")
    options = parser.parse_args()
    if options.long:
        os.environ["KEYHOLD_TEST_LONG"] = "1"
    parts = [("unit", unit), ("e2e", e2e), ("asan", sanitized("asan")), ("tsan", sanitized("tsan")), ("tidy", tidy),
             ("fuzz", fuzz), ("clients", clients), ("packages", packages)]
    asked = [run for name, run in parts if getattr(options, name)] or [unit, e2e]
    report = Report(ROOT / "build" / "reports")
    # Debian's programs, which ./test installed: those of a version manager (pyenv, nvm) are shells around others and slow.
    os.environ["PATH"] = os.pathsep.join(["/usr/bin", "/bin", os.environ.get("PATH", "")])
    if packages not in asked:  # a whole Debian is too large
        keep_temporary_files_in_memory()
    for run in asked:
        try:
            run(report, options)
        except BuildFailed as broken:
            report.add_one(str(broken), False)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
