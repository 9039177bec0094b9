# SPDX-License-Identifier: Apache-2.0
"""Runs an application on Debian's FastAPI, in a copy of its folder: our own (tests/application), and the tutorial's where it is beside this repository."""
import re
import shutil
import subprocess
import sys

import pytest
from server import ROOT, accepts, environment, free_port
from waiting import eventually

OURS, TUTORIALS = ROOT / "tests/application", ROOT.parent / "shared/reference/tutorial-service"
APPLICATIONS = {"our application": OURS} | ({"the tutorial's": TUTORIALS} if TUTORIALS.exists() else {})
MODULES = "fastapi, uvicorn, jose, jwt, passlib, sqlalchemy, multipart, bcrypt, psycopg2, pymysql"


def copy_service(folder, secret_key=None, application=OURS):
    """An application's folder, under `folder`; with another SECRET_KEY than the published one, if one is given."""
    if subprocess.run([sys.executable, "-c", f"import {MODULES}"], capture_output=True).returncode:
        pytest.skip("Debian's FastAPI is not installed")
    service = folder / "service"
    shutil.copytree(application, service, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [service, *service.iterdir()]:
        path.chmod(0o755)
    if secret_key:
        (service / "config.py").write_text((service / "config.py").read_text().replace("your_secret_key", secret_key))
    return service


def use_database(service, url):
    """Our application on a PostgreSQL or MariaDB: another URL."""
    config = (service / "config.py").read_text()
    (service / "config.py").write_text(re.sub(r"DATABASE_URL = .*", f'DATABASE_URL = "{url}"', config))


class FastapiService:
    def __init__(self, service):
        self.port = free_port()
        self.log = service.parent / "fastapi.log"
        with open(self.log, "wb") as log:
            command = ["/usr/bin/python3", "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"]
            self.process = subprocess.Popen(command, cwd=service, stdout=log, stderr=log, env=environment(service.parent) | {"PYTHONDONTWRITEBYTECODE": "1"})
        eventually(lambda: self.process.poll() is not None or accepts(self.port), 60, self.log.read_text, every=0.05)
        assert self.process.poll() is None, self.log.read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
