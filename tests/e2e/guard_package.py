# SPDX-License-Identifier: Apache-2.0
"""keyhold::guard as its users have it: built without the server, installed into a folder, compiled against from there."""
import atexit
import os
import shutil
import subprocess
from functools import cache

from locks import one_at_a_time
from server import ROOT

BUILD = ROOT / "build" / "guard"
STAGE, PREFIX = BUILD / f"stage-{os.getpid()}", "/opt/keyhold"  # each process that tests has one of its own
INSTALLED = STAGE / PREFIX.lstrip("/")
# What is compiled alike is compiled once, where ccache is.
ALIKE = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON",
         *(["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else [])]


def sh(*command, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-6000:]}"
    return done.stdout


@cache
def installed():
    """Where it lies after `cmake --install` with DESTDIR; what was built before is built on."""
    atexit.register(shutil.rmtree, STAGE, ignore_errors=True)
    with one_at_a_time(BUILD.with_suffix(".lock")):
        sh("cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DKEYHOLD_SERVER=OFF", f"-DCMAKE_INSTALL_PREFIX={PREFIX}",
           "-DCMAKE_INSTALL_LIBDIR=lib", *ALIKE)
        sh("cmake", "--build", BUILD)
        sh("cmake", "--install", BUILD, env=os.environ | {"DESTDIR": str(STAGE)})
    return INSTALLED


def compile_program(source, program, *arguments, compiler="g++", standard="c++20"):
    """One program from one file, with what pkg-config says; warnings are errors. Where the framework's own headers warn is not asked."""
    root = installed()
    environment = os.environ | {"PKG_CONFIG_PATH": str(root / "lib/pkgconfig")}
    flags = sh("pkg-config", "--cflags", "--libs", "keyhold-guard", env=environment).split()
    sh(compiler, f"-std={standard}", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", source, "-o", program, *arguments, *flags,
       f"-Wl,-rpath,{root / 'lib'}", "-pthread")
    return program


@cache
def probe():
    program = BUILD / f"guard_probe-{os.getpid()}"
    atexit.register(program.unlink, missing_ok=True)
    return compile_program(ROOT / "tests/e2e/guard_probe.cpp", program)


class Probe:
    """A running guard_probe; those of other languages (guards.py) are asked in the same words."""
    def __init__(self, kind, value, program=None, **options):
        words = [f"{name}={text}" for name, text in options.items()]
        self.process = subprocess.Popen([*(program or [probe()]), kind, str(value), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={"PATH": os.environ["PATH"], "http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"})
        self.said = self.process.stdout.readline().strip()

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def check(self, token):
        return self.ask(f"check {token}")

    def trouble(self):
        return self.ask("trouble")

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code
