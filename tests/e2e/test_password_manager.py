# SPDX-License-Identifier: Apache-2.0
"""Chromium's own password manager understands the forms: it offers to save, fills in and offers to update."""
import shutil

from others import node
from server import PASSWORD


def test_chromium_saves_fills_in_and_updates_passwords(start, tmp_path):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    seen = node("password_manager.mjs", start().url, tmp_path, env={"BROWSER": browser, "PASSWORD": PASSWORD})
    assert seen == {"signUp": "PENDING_PASSWORD_STATE", "signIn": ["username", "password"], "signedIn": True, "current": ["current_password"], "changed": "PENDING_PASSWORD_UPDATE_STATE"}
