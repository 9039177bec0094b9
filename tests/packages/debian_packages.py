# SPDX-License-Identifier: Apache-2.0
"""Debian's packages of this tree: built in a copy of it, unpacked, and installed into a Debian of their own."""
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# A Debian 12 that nothing was installed into: made once, copied for each run.
FRESH = ROOT / "build/packages/bookworm"
NEEDED = "man-db,curl,ca-certificates"


def sh(*command, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-6000:]}"
    return done.stdout


def mirror():
    """Where apt of this machine has Debian 12 from."""
    listed = sh("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages", "Component: main")
    return next(uri for release, uri in map(str.split, listed.splitlines()) if release == "bookworm")


def build(folder):
    """The packages, from what is under version control, in `folder`; what it holds is thrown away."""
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "keyhold"
    source.mkdir(parents=True)
    names = sh("git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    sh("cp", "--parents", "-t", source, *[name for name in names.split("\0") if name and (ROOT / name).is_file()], cwd=ROOT)
    if (ROOT / "web/node_modules").is_dir():  # what npm brought before needs no network again
        shutil.copytree(ROOT / "web/node_modules", source / "web/node_modules", symlinks=True)
    # Build dependencies are looked after by ./test, which takes any node that is there.
    sh("dpkg-buildpackage", "-b", "-us", "-uc", "-d", f"-j{os.cpu_count() or 2}", cwd=source)
    return folder


@cache
def packages():
    """By name: their files. KEYHOLD_PACKAGES is a folder where they were built before."""
    folder = Path(os.environ["KEYHOLD_PACKAGES"]) if "KEYHOLD_PACKAGES" in os.environ else build(ROOT / "build/packages/first")
    return {path.name.split("_")[0]: path for path in folder.glob("*.deb") if "dbgsym" not in path.name}


def changes():
    return next(packages()["keyhold"].parent.glob("*.changes"))


@cache
def unpacked(name):
    folder = ROOT / "build/packages/unpacked" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    sh("dpkg-deb", "-x", packages()[name], folder)
    return folder


class Debian:
    """A fresh Debian 12 in a folder, with network interfaces, processes and mounts of its own."""
    def __init__(self, folder):
        self.folder = folder
        if not FRESH.is_dir():
            draft = FRESH.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.parent.mkdir(parents=True, exist_ok=True)
            sh("debootstrap", "--variant=minbase", f"--include={NEEDED}", "bookworm", draft, mirror())
            draft.rename(FRESH)
        sh("cp", "-a", FRESH, folder)
        # As in any image of a container: whoever installs starts no services.
        (folder / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (folder / "usr/sbin/policy-rc.d").chmod(0o755)

    def run(self, script, network=True, **kwargs):
        """A script of sh in it, as root. Without `network` it has a loopback interface of its own alone."""
        inside = f"mount -t proc proc {self.folder}/proc; mount -t tmpfs tmpfs {self.folder}/run; "
        inside += "" if network else "ip link set lo up; "
        inside += f'exec chroot {self.folder} sh -ec "$0"'
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        flags = ["--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        return sh("unshare", *flags, "sh", "-ec", inside, script, env=environment | kwargs.pop("env", {}), **kwargs)

    def install(self, *names, others=""):
        """Packages of ours, and `others` of Debian's; apt brings what they depend on."""
        for name in names:
            shutil.copy(packages()[name], self.folder / "opt")
        files = " ".join(f"/opt/{packages()[name].name}" for name in names)
        return self.run(f"apt-get -q update; apt-get -q -y --no-install-recommends install {files} {others}")

    def files(self):
        return {str(path.relative_to(self.folder)) for top in ("etc", "usr", "var", "lib") for path in (self.folder / top).rglob("*keyhold*")}

    def remove(self):
        sh("rm", "-rf", "--one-file-system", self.folder)
