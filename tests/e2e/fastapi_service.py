# SPDX-License-Identifier: Apache-2.0
"""Runs the tutorial's own service on Debian's FastAPI, in a copy of its folder."""
import re
import shutil
import subprocess
import sys

import pytest
from server import ROOT, accepts, environment, free_port
from waiting import eventually

SERVICE = ROOT.parent / "shared/reference/tutorial-service"
MODULES = "fastapi, uvicorn, jose, passlib, sqlalchemy, multipart, bcrypt, psycopg2, pymysql"


def copy_service(folder, secret_key=None):
    """The service's folder, under `folder`; with another SECRET_KEY than the published one, if one is given."""
    if not SERVICE.exists():
        pytest.skip("the tutorial's service is not beside this repository")
    if subprocess.run([sys.executable, "-c", f"import {MODULES}"], capture_output=True).returncode:
        pytest.skip("Debian's FastAPI is not installed")
    service = folder / "service"
    shutil.copytree(SERVICE, service)
    for path in [service, *service.iterdir()]:
        path.chmod(0o755)
    if secret_key:
        (service / "config.py").write_text((service / "config.py").read_text().replace("your_secret_key", secret_key))
    return service


def use_database(service, url):
    """The service on a PostgreSQL or MariaDB, as its tutorial says: another URL, and a length for what MariaDB wants one for."""
    database = (service / "database.py").read_text()
    database = re.sub(r"DATABASE_URL = .*", f'DATABASE_URL = "{url}"', database).replace(', connect_args={"check_same_thread": False}', "")
    (service / "database.py").write_text(database)
    (service / "models.py").write_text((service / "models.py").read_text().replace("(String", "(String(255)"))


class FastapiService:
    def __init__(self, service):
        self.port = free_port()
        self.log = service.parent / "fastapi.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([service / "run", str(self.port)], cwd=service, stdout=log, stderr=log, env=environment(service.parent))
        eventually(lambda: self.process.poll() is not None or accepts(self.port), 60, self.log.read_text, every=0.05)
        assert self.process.poll() is None, self.log.read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
