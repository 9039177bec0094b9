# SPDX-License-Identifier: Apache-2.0
"""Flask with clients/python's keyhold.flask: `guarded_by_flask.py ISSUER PORT` has two routes."""
import sys

from flask import Flask
from keyhold.flask import Keyhold

app = Flask(__name__)
keyhold = Keyhold(sys.argv[1])


@app.get("/notes")
@keyhold.protect()
def notes():
    return {"id": keyhold.user.id, "name": keyhold.user.name}


@app.post("/notes")
@keyhold.protect("notes:write")
def write():
    return {"id": keyhold.user.id}


app.run("127.0.0.1", int(sys.argv[2]))
