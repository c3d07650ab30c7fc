"""Who may call: staff and their sessions, keys, and what was done with them."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import AuditId, Code, Instant, KeyId, Language, Page, Shown, StaffId
from shared.contracts.api.public.notifications import ServiceName
from shared.contracts.api.public.path import ANY_STAFF, ANYBODY, SIGNED_IN, Answer, Path, Query, Subject, staff


class Key(Shown):
    """A key without its secret. `seller_id` narrows it to what is that seller's."""

    id: KeyId
    name: str = Field(examples=["warehouse scanner"])
    roles: list[str] = Field(examples=[["warehouse"]])
    seller_id: Code | None = Field(examples=[None])
    expires_at: Instant | None
    last_used_at: Instant | None = Field(examples=[None])


class NewKey(Key):
    """A key. Its secret is in this answer and never again."""

    secret: str = Field(examples=["sk_9f86d081884c7d659a2feaa0c55ad015"])


class KeyPage(Shown):
    """A page of keys."""

    data: list[Key]
    page: Page


class StaffMember(Shown):
    """Someone who works here. `seller_id` narrows them to what is that seller's; `language` is of their pages."""

    id: StaffId
    email: str = Field(examples=["lena@example.org"])
    name: str = Field(examples=["Lena"])
    roles: list[str] = Field(examples=[["sales"]])
    seller_id: Code | None = Field(examples=[None])
    language: Language | None
    active: bool = Field(examples=[True])


class StaffPage(Shown):
    """A page of those who work here."""

    data: list[StaffMember]
    page: Page


class StaffSession(Shown):
    """A token in place of a key. It is in this answer and never again."""

    token: str = Field(examples=["ses_mVb3kq0bL0mTfB7cWl2x9dHn5sYp8uQe1rZaGtJ4oXw"])
    expires_at: Instant


class Me(Shown):
    """Who calls, and what they may."""

    id: StaffId | KeyId
    type: Literal["staff", "api_key"]
    name: str = Field(examples=["Lena"])
    roles: list[str] = Field(examples=[["sales"]])
    permissions: list[str] = Field(examples=[["orders.read", "orders.write"]])
    seller_id: Code | None = Field(examples=[None])


class AuditActor(Shown):
    """Who did it."""

    type: Literal["staff", "api_key"]
    id: StaffId | KeyId


class AuditEntry(Shown):
    """A command of staff's or of a key that succeeded. `action` is method and path template, `path` what was called."""

    id: AuditId
    at: Instant
    actor: AuditActor
    action: str = Field(examples=["POST /admin/v1/orders/{order_id}/hold"])
    path: str = Field(examples=["/admin/v1/orders/ord_01KAVR5Z3M8QW4T7R2N5V0C1DE/hold"])
    order_id: str | None = Field(examples=["ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    record_id: str | None = Field(examples=["ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    status: int = Field(examples=[200])
    request_id: str = Field(examples=["req_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    service: ServiceName


class AuditPage(Shown):
    """A page of them. Services that were down are named, and their entries missing."""

    data: list[AuditEntry]
    page: Page
    unavailable: list[ServiceName] = Field(default_factory=list, examples=[[]])


_MEMBER: Final = {200: Answer(shape=StaffMember, says="The member of staff as they are now.")}

SUBJECT: Final = Subject(
    name="Staff and access",
    says="Who may call, and who did what.",
    paths=(
        Path(
            at="POST /admin/v1/sessions",
            name="sign_in_staff",
            summary="Sign in",
            says="The token stands in for a key, for twelve hours.",
            who=ANYBODY,
            takes={"email": "sam@example.org", "password": "a long sentence"},
            answers={201: Answer(shape=StaffSession, says="The token.", headers=("Location",))},
            errors=("bad_credentials", "unauthenticated", "rate_limited"),
        ),
        Path(
            at="DELETE /admin/v1/sessions",
            name="sign_out_staff",
            summary="Sign out",
            who=SIGNED_IN,
            answers={204: Answer(says="The token of this request opens nothing any more.")},
        ),
        Path(
            at="GET /admin/v1/me",
            name="get_me",
            summary="Ask who calls, and what they may",
            who=ANY_STAFF,
            answers={200: Answer(shape=Me, says="The caller.")},
        ),
        Path(
            at="GET /admin/v1/staff",
            name="list_staff",
            summary="List those who work here",
            who=staff("access.write"),
            answers={200: Answer(shape=StaffPage, says="A page, newest first.")},
            paged=True,
        ),
        Path(
            at="POST /admin/v1/staff",
            name="create_staff",
            summary="Take someone on",
            says="Without a password they cannot sign in yet.",
            who=staff("access.write"),
            takes={"email": "till@example.org", "name": "Till", "roles": ["warehouse"], "password": "a long sentence", "language": "en"},
            answers={201: Answer(shape=StaffMember, says="The member of staff.", headers=("Location",))},
            errors=("already_exists",),
        ),
        Path(
            at="GET /admin/v1/staff/{staff_id}",
            name="get_staff",
            summary="Look at one who works here",
            who=staff("access.write"),
            answers={200: Answer(shape=StaffMember, says="The member of staff.")},
        ),
        Path(
            at="PATCH /admin/v1/staff/{staff_id}",
            name="change_staff",
            summary="Change what one of them may, or who they are",
            who=staff("access.write"),
            takes={"roles": ["sales", "support"]},
            answers=_MEMBER,
            errors=("already_exists",),
        ),
        Path(
            at="POST /admin/v1/staff/{staff_id}/deactivate",
            name="deactivate_staff",
            summary="Let someone go",
            who=staff("access.write"),
            answers=_MEMBER,
        ),
        Path(
            at="GET /admin/v1/api_keys",
            name="list_api_keys",
            summary="List API keys",
            who=staff("access.write"),
            answers={200: Answer(shape=KeyPage, says="A page, newest first, without secrets.")},
            paged=True,
        ),
        Path(
            at="POST /admin/v1/api_keys",
            name="create_api_key",
            summary="Give out an API key",
            who=staff("access.write"),
            takes={"name": "warehouse scanner", "roles": ["warehouse"]},
            answers={201: Answer(shape=NewKey, says="The key, with its secret.", headers=("Location",))},
        ),
        Path(
            at="DELETE /admin/v1/api_keys/{key_id}",
            name="end_api_key",
            summary="End an API key",
            who=staff("access.write"),
            answers={204: Answer(says="It opens nothing any more.")},
            errors=("illegal_transition",),
        ),
        Path(
            at="GET /admin/v1/audit_log",
            name="read_audit_log",
            summary="Read what staff and keys did",
            says="Of all services, newest first: who did what to which record, and in which request.",
            who=staff("access.write"),
            answers={200: Answer(shape=AuditPage, says="A page.")},
            paged=True,
            queries=(
                Query(name="actor", says="Id of a member of staff or key.", several=False, example="usr_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="action", several=False, example="POST /admin/v1/orders/{order_id}/hold"),
                Query(name="from", says="At this time or later (RFC 3339).", several=False, example="2031-05-01T00:00:00Z"),
                Query(name="to", says="Before this time (RFC 3339).", several=False, example="2031-05-01T00:00:00Z"),
            ),
        ),
    ),
)
