"""What came of a try (lifecycles.md, N2 and N3)."""

from __future__ import annotations

from typing import Final

from services.notifications import store
from services.notifications.domain.notification import Notification
from shared.contracts.notifications import MailFailed, MailQueued, MailSent
from shared.db.timers import Timer, cancel_timer, set_timer
from shared.db.tx import Tx

RETRY_TIMER: Final = "mail_retries"
LEASE_TIMER: Final = "mail_lease"


def close_sent(tx: Tx, notification_id: str) -> None:
    """The transport took it. Also when the lease of the try was over meanwhile: then it is known after all."""
    _end_lease(tx, notification_id)
    mail = store.mails.lock(tx, notification_id)
    if mail.state == "sending":
        store.mails.add_attempt(tx, mail.id, mail.attempt, error=None)
    else:
        store.mails.clear_attempt(tx, mail.id, mail.attempt)
    mail.close_sent(tx.now)
    store.mails.ROWS.save(tx, mail)
    assert mail.recipient is not None
    assert mail.transport is not None
    tx.publish(
        MailSent(
            notification_id=mail.id,
            order_id=mail.order_id,
            template=mail.template,
            recipient=mail.recipient,
            transport=mail.transport,
        ),
        of=mail,
    )


def close_failed(tx: Tx, notification_id: str, error: str, *, for_good: bool = False) -> None:
    """The transport did not take it: the next try is due after a pause, or with `for_good` there is none.

    When the lease was over meanwhile, people have been told already.
    """
    _end_lease(tx, notification_id)
    mail = store.mails.lock(tx, notification_id)
    if mail.state != "sending":
        return
    if not for_good:
        fail_try(tx, mail, error)
        return
    mail.give_up(error)
    _close(tx, mail, error, number=mail.attempt)


def close_unknown(tx: Tx, notification_id: str, error: str) -> None:
    """The mail may have arrived: nobody but people sends it again (R-NOT-02)."""
    _end_lease(tx, notification_id)
    mail = store.mails.lock(tx, notification_id)
    if mail.state == "sending":
        _lose(tx, mail, error)


def break_off(tx: Tx, notification_id: str, error: str, *, attempt: int) -> None:
    """The try failed before the mail was handed over; nothing when another worker is further with it."""
    mail = store.mails.lock(tx, notification_id)
    if mail.awaits(attempt):
        fail_try(tx, mail, error)


def fail_try(tx: Tx, mail: Notification, error: str) -> None:
    """A try of a mail that is in hand failed and did no harm."""
    number = mail.attempt
    mail.fail(tx.now, error)
    if mail.next_try_at is not None:
        set_timer(tx, RETRY_TIMER, mail.id, due_at=mail.next_try_at)
    _close(tx, mail, error, number=number)


def retry_mail(timer: Timer, tx: Tx) -> None:
    """The pause after a failure is over: the next try begins."""
    mail = store.mails.get(tx, timer.record_id)
    tx.publish(MailQueued(notification_id=mail.id, order_id=mail.order_id, attempt=mail.attempt), of=mail)


def recover_mail(timer: Timer, tx: Tx) -> None:
    """The worker that handed a mail over has said nothing for the whole lease: it is lost, and with it the outcome."""
    mail = store.mails.lock(tx, timer.record_id)
    _lose(tx, mail, "the worker was lost after it had handed the mail over")


def _lose(tx: Tx, mail: Notification, error: str) -> None:
    mail.lose(error)
    _close(tx, mail, error, number=mail.attempt)


def _end_lease(tx: Tx, notification_id: str) -> None:
    # Before the mail is locked: the timer's own transaction takes the two in this order.
    cancel_timer(tx, LEASE_TIMER, notification_id)


def _close(tx: Tx, mail: Notification, error: str, *, number: int) -> None:
    store.mails.add_attempt(tx, mail.id, number, error=error)
    store.mails.ROWS.save(tx, mail)
    assert mail.recipient is not None
    tx.publish(
        MailFailed(
            notification_id=mail.id,
            order_id=mail.order_id,
            template=mail.template,
            recipient=mail.recipient,
            error=error,
            dead=mail.state == "dead",
        ),
        of=mail,
    )
