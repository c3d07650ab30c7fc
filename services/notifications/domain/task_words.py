"""How a task reads, in the store's default language, and what repairs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.task import TaskDraft
from shared.language.catalogue import text


def title_of(draft: TaskDraft, language: str, *, number: str) -> str:
    """One sentence. `number` is the order's; a task without an order does not use it. Raises ValueError for an unknown kind."""
    match draft.kind:
        case "payment_mismatch":
            return text(language, "Order %(number)s: another amount or currency was paid than was asked", number=number)
        case "payment_orphaned":
            return text(language, "Order %(number)s: money came that the order no longer waits for", number=number)
        case "payment_unmatched":
            return text(language, "The payment provider told of a payment that is not known here")
        case "payment_disputed":
            return text(language, "Order %(number)s: the customer's bank disputes the payment", number=number)
        case "payment_due":
            return text(language, "Order %(number)s is confirmed and its payment fell through", number=number)
        case "payment_review":
            if draft.cause == "review_failed":
                return text(language, "Order %(number)s: the payment did not pass its check", number=number)
            return text(language, "Order %(number)s: check the payment before goods leave", number=number)
        case "authorization_expiring":
            return text(language, "Order %(number)s: the authorised payment expires soon", number=number)
        case "paid_not_confirmed":
            if draft.cause == "payment_differs":
                return text(language, "Order %(number)s: our books and the payment provider's differ", number=number)
            return text(language, "Order %(number)s is paid and not confirmed", number=number)
        case "refund_proposal":
            return text(language, "Order %(number)s: give back what was paid for goods that will not come", number=number)
        case "stock_short":
            return text(language, "Order %(number)s waits for goods that are not in stock", number=number)
        case "order_late":
            return text(language, "Order %(number)s is late", number=number)
        case "duplicate_order":
            return text(language, "Order %(number)s looks like one that was placed just before", number=number)
        case "delay_call":
            return text(language, "Call the customer of order %(number)s about the delay", number=number)
        case "parcel_problem":
            if draft.data["state"] == "lost":
                return text(language, "Order %(number)s: a parcel is lost", number=number)
            return text(language, "Order %(number)s: a parcel comes back undelivered", number=number)
        case "mail_failed":
            return text(language, "Order %(number)s: a mail could not be sent", number=number)
    raise ValueError(f"no title for a task of kind {draft.kind}")


def actions_of(draft: TaskDraft, task_id: str) -> list[dict[str, Any]]:
    """What repairs it, each ready to be sent; last, a look at the order."""
    found = _repairs(draft, task_id)
    if draft.order_id is not None:
        found.append(_action("open_order", "GET", f"/admin/v1/orders/{draft.order_id}"))
    return found


def _repairs(draft: TaskDraft, task_id: str) -> list[dict[str, Any]]:
    order, payment = f"/admin/v1/orders/{draft.order_id}", f"/admin/v1/payments/{draft.record_id}"
    note = f"task {task_id}"
    match draft.kind:
        case "payment_mismatch":
            # Money of another currency is never taken for the order.
            accept = [] if draft.data["failure"]["code"] == "currency_mismatch" else ["accept"]
            return [_post(name, f"{payment}/resolve", action=name, note=note) for name in (*accept, "ignore")]
        case "payment_orphaned":
            return [_post("ignore", f"{payment}/resolve", action="ignore", note=note)]
        case "payment_unmatched":
            return [_post("replay", f"/admin/v1/provider_events/{draft.record_id}/replay")]
        case "payment_disputed":
            return [_post("release", f"{order}/release", note=note)]
        case "payment_due":
            return [
                _list("open_payments", "payments", draft),
                _post("release", f"{order}/release", note=note),
                _post("cancel", f"{order}/cancel", reason="other", note=note),
            ]
        case "payment_review":
            return [_post(name, f"{payment}/review", result=name) for name in ("passed", "failed")]
        case "authorization_expiring":
            return [_post("capture", f"{payment}/capture"), _post("void", f"{payment}/void")]
        case "paid_not_confirmed":
            return [_post("sync", f"{payment}/sync"), _post("confirm", f"{order}/confirm")]
        case "refund_proposal":
            return [_list("open_payments", "payments", draft)]
        case "stock_short":
            return [_list("open_deliveries", "deliveries", draft), _post("cancel", f"{order}/cancel", reason="out_of_stock", note=note)]
        case "order_late":
            return [_list("open_deliveries", "deliveries", draft)]
        case "duplicate_order":
            return [
                _post("hold", f"{order}/hold", reason="duplicate", note=note),
                _post("cancel", f"{order}/cancel", reason="duplicate", note=note),
            ]
        case "delay_call":
            return [_post("called", f"/admin/v1/tasks/{task_id}/close", note="called")]
        case "parcel_problem":
            return [_action("open_parcel", "GET", f"/admin/v1/parcels/{draft.record_id}")]
        case "mail_failed":
            return [_post("resend", f"/admin/v1/notifications/{draft.record_id}/resend")]
    return []


def _list(name: str, of: str, draft: TaskDraft) -> dict[str, Any]:
    """The order's records of that kind."""
    return _action(name, "GET", f"/admin/v1/{of}?order_id={draft.order_id}")


def _post(name: str, path: str, **body: Any) -> dict[str, Any]:
    return _action(name, "POST", path, body)


def _action(name: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "method": method, "path": path, "body": dict(body or {})}
