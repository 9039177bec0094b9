# SPDX-License-Identifier: Apache-2.0
"""Counts what ran, from JUnit files, and says how it ended."""
import shutil
import xml.etree.ElementTree as ElementTree


class Report:
    def __init__(self, folder):
        self.folder = folder
        self.passed = self.skipped = 0
        self.failed = []

    def fresh_folder(self, name):
        """An empty folder, so that nothing of an earlier run is counted."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def add_one(self, name, passed):
        if passed:
            self.passed += 1
        else:
            self.failed.append(name)

    def add_cases(self, origin, path):
        """Adds the test cases of one JUnit file; how many of them failed."""
        failures = 0
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failures += 1
                self.failed.append(f"{origin}: {case.get('classname')}.{case.get('name')}")
            elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                self.skipped += 1
            else:
                self.passed += 1
        return failures

    def add_programs(self, origin, folder):
        """A program that wrote a report of its own is counted by it; one that crashed is a failure in any case."""
        if not (folder / "ctest.xml").exists():
            self.failed.append(f"{origin}: ctest did not run")
            return
        for program in ElementTree.parse(folder / "ctest.xml").getroot().iter("testcase"):
            name, status = program.get("name"), program.get("status")
            own = folder / f"{name}.xml"
            failures = self.add_cases(f"{origin} {name}", own) if own.exists() else 0
            if status == "fail" and not failures:
                self.failed.append(f"{origin}: {name} ended badly")
            elif not own.exists() and status in ("notrun", "disabled"):
                self.skipped += 1
            elif not own.exists():
                self.passed += 1

    def add_pytest(self, origin, path, code):
        failures = self.add_cases(origin, path) if path.exists() else 0
        # 5: nothing matched -k, which is no failure.
        if code not in (0, 5) and not failures:
            self.failed.append(f"{origin}: pytest ended with {code}")

    def finish(self):
        if self.failed:
            print("\nFailed:")
            for name in self.failed:
                print(f"  {name}")
        print(f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed else 0
