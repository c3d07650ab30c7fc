"""Settings, test mode, health."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import Instant, Shown
from shared.contracts.api.public.path import ANY_STAFF, ANYBODY, Answer, Path, Subject, staff
from shared.contracts.shop_settings import ShopSettings

ServiceHealth = Literal["ok", "down"]


class SettingsChanged(ShopSettings):
    """All settings. Services that could not take them are named, and follow by event."""

    unavailable: list[str] = Field(default_factory=list, examples=[[]])


class ClockRead(Shown):
    """What time it is for the shop."""

    now: Instant


class ClockStopped(ClockRead):
    """Where business time stands, and how many timers were run."""

    handled: int = Field(examples=[2])


class Simulated(Shown):
    """The event that the simulator sent."""

    event_id: str = Field(examples=["evt_1QZ8"])


class Alive(Shown):
    """The process lives."""

    status: Literal["ok"]


class ServicesHealth(Shown):
    """Each service's database."""

    orders: ServiceHealth
    delivery: ServiceHealth
    billing: ServiceHealth
    returns: ServiceHealth
    notifications: ServiceHealth


class Ready(Shown):
    """Who is there. A broker that is down does not make the shop unready: it catches up."""

    services: ServicesHealth
    broker: ServiceHealth


_PATCH: Final = {"store": {"name": "Tea & Mugs", "time_zone": "Europe/Berlin"}, "tax": {"prices_include_tax": True}}

SUBJECTS: Final = (
    Subject(
        name="Settings",
        says="How the shop works.",
        paths=(
            Path(
                at="GET /admin/v1/settings",
                name="get_settings",
                summary="Read all settings",
                who=ANY_STAFF,
                answers={200: Answer(shape=ShopSettings, says="All settings, with their defaults.")},
            ),
            Path(
                at="PATCH /admin/v1/settings",
                name="change_settings",
                summary="Change settings",
                says="A merge patch (RFC 7396): what is not named stays, null takes a setting back to its default. It is in force at every "
                "service that is up when this answers; the others are named in `unavailable`.",
                who=staff("settings.write"),
                takes=_PATCH,
                answers={200: Answer(shape=SettingsChanged, says="All settings; in force at every service that is up.")},
                errors=("not_found",),
            ),
        ),
    ),
    Subject(
        name="Test mode",
        says="Only in test mode (CARTWRIGHT_TEST_MODE=1); else 404.",
        paths=(
            Path(
                at="POST /admin/v1/test_clock",
                name="stop_clock",
                summary="Stop business time, and do what is due by then",
                says="Runs every timer that is due, in order, and what follows from it, before it answers. Forward only.",
                who=staff("ops.write"),
                takes={"now": "2031-05-01T14:20:00Z"},
                answers={200: Answer(shape=ClockStopped, says="All that was due is done.")},
                errors=("not_found", "clock_backwards"),
                keyed=False,
            ),
            Path(
                at="GET /admin/v1/test_clock",
                name="read_clock",
                summary="Read business time",
                who=staff("ops.write"),
                answers={200: Answer(shape=ClockRead, says="Business time.")},
                errors=("not_found",),
            ),
            Path(
                at="DELETE /admin/v1/test_clock",
                name="run_clock",
                summary="Let business time run again",
                who=staff("ops.write"),
                answers={200: Answer(shape=ClockRead, says="Real time.")},
                errors=("not_found",),
            ),
            Path(
                at="POST /admin/v1/simulators/stripe/{provider_ref}/{action}",
                name="simulate_bank",
                summary="Say what the simulated bank does next",
                says="Only where no key of Stripe's is set.",
                who=staff("ops.write"),
                answers={200: Answer(shape=Simulated, says="It did, and the webhook is on its way.")},
                keyed=False,
            ),
        ),
    ),
    Subject(
        name="Health",
        says="For load balancers and people in a hurry.",
        paths=(
            Path(
                at="GET /healthz",
                name="is_alive",
                summary="Ask whether the process lives",
                who=ANYBODY,
                answers={200: Answer(shape=Alive, says="It does.")},
            ),
            Path(
                at="GET /readyz",
                name="is_ready",
                summary="Ask whether all services are there",
                who=ANYBODY,
                answers={
                    200: Answer(shape=Ready, says="They are."),
                    503: Answer(
                        shape=Ready,
                        says="One is not.",
                        example={
                            "services": {"orders": "ok", "delivery": "down", "billing": "ok", "returns": "ok", "notifications": "ok"},
                            "broker": "ok",
                        },
                    ),
                },
            ),
        ),
    ),
)
