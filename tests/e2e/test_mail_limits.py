# SPDX-License-Identifier: Apache-2.0
"""How many mails somebody gets whom others make accounts for."""
import pytest
from expect import problem
from server import PASSWORD


@pytest.mark.parametrize("post", [{"KEYHOLD_CLOSING_DAYS": "0"}], indirect=True)
def test_accounts_that_are_made_and_erased_again_send_no_more_than_one_that_stays(post):
    sent = 0
    for spelling in ("vic@example.com", "VIC@example.com", "Vic@example.com", "vic@EXAMPLE.com"):
        post.register("eve", spelling)
        session = post.tokens("eve")["access_token"]
        answers = [post("/email/verify/send", who=session) for _ in range(6)]
        sent += len([answer for answer in answers if answer.status == 200])
        problem(answers[-1], 429, "too_many_mails")
        assert 0 < int(answers[-1].header("retry-after")) <= 3600
        assert post("/me/close", who=session, current_password=PASSWORD).status == 200
    assert sent == 4, "and the one of the registration"
