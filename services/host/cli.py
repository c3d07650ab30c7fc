"""The command line. Each command imports what it needs: `cartwright --help` starts in no time."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Sequence

from shared.errors import CartwrightError, SettingInvalid, Unavailable
from shared.settings import SERVICES, Environment, masked, read_environment

ALL = "all"


def main(words: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 2 for a wrong word or setting, 1 when something cannot be had."""
    parser = _parser()
    arguments = parser.parse_args(words)
    try:
        command: Callable[[argparse.Namespace, Environment], int] = arguments.command
        return command(arguments, read_environment())
    except (SettingInvalid, Unavailable) as error:
        print(f"cartwright: {error}", file=sys.stderr)
        return 2
    except CartwrightError as error:
        print(f"cartwright: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cartwright", description="Order management from the cart to the doorstep.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help_text: str, command: Callable[[argparse.Namespace, Environment], int]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_text, description=help_text)
        made.set_defaults(command=command)
        return made

    add("up", "Start everything, migrated: embedded, or on the database and broker whose URLs are set.", _up)
    demo = add("demo", "Start everything in test mode with a sample shop, place some 40 orders, and stay up.", _demo)
    demo.add_argument("--orders", type=int, default=40, help="how many orders to place (40)")
    order = add("order", "Place one order as a customer would and show its timeline as it happens.", _order)
    order.add_argument("--language", choices=("en", "fa", "vi", "ru"), default="en", help="the customer's language (en)")
    order.add_argument("--decline", action="store_true", help="let the card be declined first, then paid")
    web = add("web", "Serve services (or the gateway) over HTTP.", _web)
    web.add_argument("names", nargs="+", metavar="SERVICE", help="a service, gateway, or all")
    worker = add("worker", "Hear messages: of services (all their queues but documents), of queues, or all.", _worker)
    worker.add_argument("names", nargs="+", metavar="NAME")
    worker.add_argument("--events", action="store_true", help="send task events, for Flower")
    relay = add("relay", "Hand told facts to the broker.", _relay)
    relay.add_argument("names", nargs="+", metavar="SERVICE")
    relay.add_argument("--beat", action="store_true", help="run timers in the same process")
    beat = add("beat", "Run timers that are due.", _beat)
    beat.add_argument("names", nargs="+", metavar="SERVICE")
    migrate = add("migrate", "Bring databases to this version; generates secret and keys when there are none.", _migrate)
    migrate.add_argument("names", nargs="*", metavar="SERVICE")
    topology = add("topology", "Declare the broker's queues and exchanges.", _topology)
    topology.add_argument("action", choices=("apply",))
    letters = add("dead-letters", "List work that failed for good; replay or discard it.", _dead_letters)
    letters.add_argument("action", choices=("list", "replay", "discard"), nargs="?", default="list")
    letters.add_argument("service", choices=SERVICES, nargs="?")
    letters.add_argument("number", type=int, nargs="?")
    audit = add("audit", "Look for what must never be: exit code 0 nothing is wrong, 1 something is, 2 it cannot be asked.", _audit)
    audit.add_argument("--json", action="store_true", help="for machines: the report as JSON")
    audit.add_argument("--settle-seconds", type=float, default=60, help="what is younger counts as on its way (60)")
    audit.add_argument("--facts-hours", type=float, default=336, help="look at the facts told since (336: all that are kept)")
    retell = add("retell", "Hand a fact, or all that was told of a record, to a service or the timeline again; it is heard once.", _retell)
    retell.add_argument("teller", choices=SERVICES)
    retell.add_argument("what", metavar="FACT", help="the fact's name, or a record's id")
    retell.add_argument("hearer", choices=(*SERVICES, "timeline"))
    rederive = add("rederive", "Derive an order's or a sku's figures anew from what they are made of.", _rederive)
    rederive.add_argument("kind", choices=("order", "stock"))
    rederive.add_argument("key", metavar="ID", help="the order's id, or the sku")
    add("check", "Show the settings, secrets masked, and try the connections.", _check)
    openapi = add("openapi", "Write the OpenAPI document out of the routes.", _openapi)
    openapi.add_argument("--check", action="store_true", help="only say whether the file is stale; exit code 1 then")
    return parser


def _services(names: Sequence[str]) -> list[str]:
    chosen = SERVICES if ALL in names or not names else names
    unknown = [name for name in chosen if name not in SERVICES]
    if unknown:
        raise SettingInvalid(f"{unknown[0]} is no service; there are {', '.join(SERVICES)}")
    return [name for name in SERVICES if name in chosen]


def _up(_: argparse.Namespace, environment: Environment) -> int:
    from services.host.up import up

    def ready() -> None:
        print(f"cartwright is up at {environment.base_url}", flush=True)

    up(environment, ready=ready)
    return 0


def _demo(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.demo.run import run_demo

    return run_demo(environment, orders=arguments.orders)


def _order(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.demo.one import place_one

    return place_one(environment, language=arguments.language, decline=arguments.decline)


def _web(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.keys import read_keys
    from services.host.simulators.house import with_simulator
    from services.host.start import start
    from services.host.web import THREADS, WebProcess
    from shared.observe.logging import configure_logging

    configure_logging("web", level=environment.log_level)
    keys = read_keys(environment)
    gateway = "gateway" in arguments.names or ALL in arguments.names
    names = _services([name for name in arguments.names if name != "gateway"]) if arguments.names != ["gateway"] else []
    if not gateway and len(names) > 1:
        raise SettingInvalid("web: one service a process, or the gateway, or all")
    services = start(names, with_simulator(environment, keys.secret), keys.secret, pool_size=THREADS)
    WebProcess(environment, services, gateway=gateway, secret=keys.secret).serve()
    return 0


def _worker(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.keys import read_keys
    from services.host.simulators.house import with_simulator
    from services.host.start import broker_url, start
    from services.host.worker import queues_named, run_worker, services_of, threads_for
    from shared.messaging.celery_app import make_app
    from shared.observe.logging import configure_logging

    configure_logging("worker", level=environment.log_level)
    _need_servers(environment, "worker")
    secret = read_keys(environment).secret
    names = queues_named(arguments.names)
    services = start(services_of(names), with_simulator(environment, secret), secret, pool_size=threads_for(names))
    app = make_app(broker_url(environment), [running.hearing() for running in services.values()], events=arguments.events)
    return run_worker(app, names)


def _relay(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.beat import run_beat
    from services.host.keys import read_keys
    from services.host.roster import ROSTER
    from services.host.start import bus_of, start
    from shared.messaging.relay import Relay, run_relays
    from shared.observe.logging import configure_logging
    from shared.service import routes

    configure_logging("relay", level=environment.log_level)
    _need_servers(environment, "relay")
    names = _services(arguments.names)
    services = start(names, environment, read_keys(environment).secret, pool_size=2)
    bus = bus_of(environment, names)
    where = routes(ROSTER)
    stop = _stopped_by_signal()
    beat = threading.Thread(target=run_beat, args=(list(services.values()), stop), name="beat", daemon=True)
    if arguments.beat:
        beat.start()
    run_relays([Relay(running.db, bus, where) for running in services.values()], stop)
    bus.close()
    return 0


def _beat(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.beat import run_beat
    from services.host.keys import read_keys
    from services.host.start import start
    from shared.observe.logging import configure_logging

    configure_logging("beat", level=environment.log_level)
    _need_servers(environment, "beat")
    services = start(_services(arguments.names), environment, read_keys(environment).secret, pool_size=2)
    run_beat(list(services.values()), _stopped_by_signal())
    return 0


def _need_servers(environment: Environment, command: str) -> None:
    if environment.embedded:
        raise SettingInvalid(
            f"{command}: set CARTWRIGHT_DATABASE_URL and CARTWRIGHT_BROKER_URL; the embedded mode is `cartwright up` alone"
        )


def _stopped_by_signal() -> threading.Event:
    import signal

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


def _migrate(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.keys import make_keys, show_new_keys
    from services.host.start import apply_topology, migrate_all
    from services.host.up import with_keys

    names = _services(arguments.names)
    keys = make_keys(environment)
    migrate_all(with_keys(environment, keys), names)
    apply_topology(environment)
    show_new_keys(keys)
    print(f"migrated: {', '.join(names)}")
    return 0


def _topology(_: argparse.Namespace, environment: Environment) -> int:
    from services.host.start import apply_topology

    _need_servers(environment, "topology")
    apply_topology(environment)
    print("declared")
    return 0


def _dead_letters(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host import dead_letters

    if arguments.action == "list":
        return dead_letters.show(environment, SERVICES if arguments.service is None else [arguments.service])
    if arguments.service is None or arguments.number is None:
        raise SettingInvalid(f"dead-letters {arguments.action}: name the service and the number, as `dead-letters list` shows them")
    return dead_letters.settle(environment, arguments.service, arguments.number, replay=arguments.action == "replay")


def _audit(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.audit.command import run

    return run(environment, as_json=arguments.json, settle_seconds=arguments.settle_seconds, facts_hours=arguments.facts_hours)


def _retell(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.repair import retell

    return retell(environment, arguments.teller, arguments.what, arguments.hearer)


def _rederive(arguments: argparse.Namespace, environment: Environment) -> int:
    from services.host.repair import rederive_order, rederive_stock

    return (rederive_order if arguments.kind == "order" else rederive_stock)(environment, arguments.key)


def _check(_: argparse.Namespace, environment: Environment) -> int:
    from services.host.start import apply_topology, check_database

    for name in sorted(Environment.model_fields):
        variable = f"CARTWRIGHT_{name.upper()}"
        value = getattr(environment, name)
        secret = any(word in name for word in ("key", "secret")) and name != "stripe_publishable_key"
        shown = "not set" if value is None else "•••" if secret else masked(str(value)) if name.endswith("_url") else value
        print(f"{variable:36} {shown}{'' if os.environ.get(variable) else '  (default)'}")
    if environment.embedded:
        print("embedded: SQLite files and the embedded bus; nothing to connect to")
        return 0
    for service in SERVICES:
        check_database(service, environment)
        print(f"database of {service}: ok")
    apply_topology(environment)
    print("broker: ok")
    return 0


def _openapi(arguments: argparse.Namespace, _: Environment) -> int:
    from services.gateway.openapi import FILE
    from services.host.openapi import written

    fresh = written()
    if arguments.check:
        stale = not FILE.exists() or FILE.read_bytes() != fresh
        print("stale: run `cartwright openapi`" if stale else "fresh")
        return 1 if stale else 0
    FILE.write_bytes(fresh)
    print(FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
