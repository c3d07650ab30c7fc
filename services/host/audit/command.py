"""`cartwright audit`: the report for people or machines, and an exit code for monitoring."""

from __future__ import annotations

import json
import logging
import sys

from sqlalchemy.exc import SQLAlchemyError

from services.host.audit.report import Report, Violation
from services.host.audit.run import audit
from services.host.start import broker_url, database_of
from shared.db.tx import Database
from shared.errors import Unavailable
from shared.settings import SERVICES, Environment


def run(environment: Environment, *, as_json: bool, settle_seconds: float, facts_hours: float) -> int:
    """Prints the report; 0: nothing is wrong, 1: something is. Raises Unavailable (2) when it cannot be asked."""
    # pika tells of each connection that it cannot make; the one sentence at the end is enough.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    databases = _databases(environment)
    try:
        report = audit(databases, settle_seconds=settle_seconds, facts_hours=facts_hours, broker_url=broker_url(environment))
    except SQLAlchemyError as error:
        raise Unavailable(f"a database cannot be asked: {str(getattr(error, 'orig', error)).strip().splitlines()[0]}") from error
    finally:
        for database in databases.values():
            database.dispose()
    if as_json:
        json.dump(report.as_json(), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        show(report)
    return 0 if report.clean else 1


def _databases(environment: Environment) -> dict[str, Database]:
    """Raises Unavailable for an embedded shop that was never there: asking would make its files."""
    if environment.embedded and not all((environment.data_dir / f"{service}.db").exists() for service in SERVICES):
        raise Unavailable(f"there is no shop in {environment.data_dir.absolute()}: start it with cartwright up")
    return {service: database_of(service, environment, pool_size=1) for service in SERVICES}


def show(report: Report) -> None:
    """For people: what is wrong with its repair, then how much was looked at."""
    for violation in report.violations:
        _show_one(violation)
    wrong = len(report.violations)
    print("nothing is wrong" if report.clean else f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong")
    looked = ", ".join(f"{count} {name}" for name, count in sorted(report.counted.items()) if count)
    print(
        f"looked at {looked or 'an empty shop'} in {report.took_seconds:.1f} s; the last {report.settle_seconds:g} s count as on their way"
    )


def _show_one(violation: Violation) -> None:
    since = "" if violation.since is None else f", since {violation.since:%Y-%m-%d %H:%M:%S} UTC"
    order = f" of order {violation.order_id}" if violation.order_id not in (None, violation.record_id) else ""
    print(f"{violation.invariant} ({violation.rule})  {violation.service} {violation.record_id}{order}{since}")
    print(f"    {violation.what}")
    print(f"    repair: {violation.repair}")
