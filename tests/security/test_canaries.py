"""No secret is where it does not belong, and no customer's name in a log: a whole day of a shop is searched for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.canaries import PERSON, Run, live, open_run
from tests.support.modes import FULL_MODE
from tests.support.remains import files_of, messages_of, open_to_others, rows_of, said_in
from tests.support.shop import cartwright

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=["embedded", FULL_MODE])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """A shop in each mode, after its day."""
    with open_run(str(request.param)) as found:
        live(found)
        yield found


def test_the_day_was_one(run: Run) -> None:
    """Or nothing would be found because nothing was done: each secret was used, and each kind of failure answered."""
    statuses = {reply.status for reply, _ in run.answers}
    assert {200, 201, 400, 401, 404, 415, 422, 503} <= statuses
    assert {"customer's session", "staff's session", "API key", "order's token", "client's secret"} <= set(run.secret)
    assert {mail.user for mail in run.shop.mail.taken} == {"shop"}
    assert any(PERSON["email"].encode() in rows for rows in rows_of(run.shop).values())
    assert len(run.command_lines) >= (1 if run.shop.mode == "embedded" else 5)


def test_no_secret_is_in_the_logs(run: Run) -> None:
    assert not run.telling(run.shop.whole_log())


def test_no_customers_data_is_in_the_logs(run: Run) -> None:
    log = run.shop.whole_log()
    assert [what for what, value in PERSON.items() if value in log] == []


def test_no_secret_is_in_a_database(run: Run) -> None:
    """R-ACC-02: keys and sessions are kept as hashes, orders' tokens are derived, passwords cost a quarter of a second each to guess."""
    for place, rows in rows_of(run.shop).items():
        assert not run.telling(rows), place


def test_no_secret_is_in_a_message_and_no_customers_data_in_what_a_monitor_shows_of_it(run: Run) -> None:
    """Flower shows a task's name and its `argsrepr`; both stand in the headers."""
    messages = messages_of(run.shop)
    assert bool(messages) is (run.shop.mode == "full")
    for headers, body in messages:
        assert not run.telling(headers)
        assert not run.telling(body)
        assert [value for value in PERSON.values() if value in headers] == []


def test_what_is_answered_tells_no_secret_but_to_whom_it_is_given(run: Run) -> None:
    """Errors do not repeat what was sent; lists and records show no key; whoever may see one sees that one alone."""
    for reply, may_tell in run.answers:
        told = run.telling(reply.raw + repr(dict(reply.headers)).encode())
        assert set(told) <= may_tell, reply.asked


def test_an_error_says_nothing_of_a_customer(run: Run) -> None:
    for reply, _ in run.answers:
        if reply.status >= 400:
            said = reply.raw.decode() + repr(dict(reply.headers))
            assert [value for value in PERSON.values() if value in said] == [], reply.asked


def test_no_secret_and_no_customers_data_is_in_an_address(run: Run) -> None:
    """Whoever stands between logs addresses. The one in a mail is the customer's own."""
    for reply, _ in run.answers:
        location = reply.headers.get("location", "")
        assert not run.telling(location)
        assert [value for value in PERSON.values() if value in location] == []


def test_no_secret_is_in_a_command_line(run: Run) -> None:
    """Every user of the machine can read those."""
    for line in run.command_lines:
        assert not run.telling(line)


def test_the_data_dir_is_nobody_elses_to_read(run: Run) -> None:
    assert open_to_others(run.shop) == []


def test_what_was_given_by_the_environment_is_in_no_file(run: Run) -> None:
    for path in files_of(run.shop):
        assert not run.telling(path.read_bytes()), path.name


def test_a_mail_holds_the_token_of_its_order_and_no_other_secret(run: Run) -> None:
    """R-ACC-02: the customer's link opens their order. What goes to the shop's own people does not."""
    opened = 0
    for mail in run.shop.mail.taken:
        told = run.telling(said_in(mail))
        assert told == [] or (told == ["order's token"] and mail.recipients == (PERSON["email"],))
        opened += bool(told)
    assert opened >= 2


def test_what_a_command_prints_tells_no_secret(run: Run) -> None:
    ours = {name: value for name, value in run.shop.environment.items() if name.startswith("CARTWRIGHT_")}
    for words in (("check",), ("dead-letters", "list")):
        done = cartwright(run.shop.folder, *words, **ours)
        assert done.returncode == 0, done.stderr
        assert not run.telling(done.stdout + done.stderr, *(name for name in run.secret if name != "publishable key"))
