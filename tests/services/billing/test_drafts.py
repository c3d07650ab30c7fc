"""Drafts: without a number, without units of their own, and documents from the moment they are posted (R-INV-05, R-INV-09; I2, I3, I7)."""

from __future__ import annotations

from tests.services.billing.test_invoices import captured_fact, invoices
from tests.services.billing.test_requests import GUEST, asks_for, draft, units
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import ORDER, asked_payment, order_cancelled, total_of
from tests.support.stripe_double import StripeDouble, deliver


def test_a_draft_has_no_number_and_takes_no_units(confirmed: ServiceDriver) -> None:
    """R-INV-05: what is drafted is not invoiced."""
    invoice_id = draft(confirmed, lines=units(2))

    (found,) = invoices(confirmed, "state=draft")
    assert (found["id"], found["number"], found["issued_at"]) == (invoice_id, None, None)
    assert confirmed.rows("SELECT * FROM invoice_series") == []
    assert confirmed.told("billing.invoice_posted") == []
    assert asks_for(confirmed).body["total"] == total_of(engravings=2)


def test_the_same_draft_is_made_once(confirmed: ServiceDriver) -> None:
    """R-INV-01."""
    invoice_id = draft(confirmed, lines=units(2))

    same = asks_for(confirmed, post=False, lines=units(2))

    assert (same.status, same.body["id"]) == (200, invoice_id)
    assert draft(confirmed, lines=units(3)) != invoice_id


def test_a_draft_is_posted_once_and_then_it_is_a_document(confirmed: ServiceDriver) -> None:
    """I3, I7, R-INV-09."""
    invoice_id = draft(confirmed)
    confirmed.later(days=1)

    posted = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post")
    again = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post")

    assert (posted.status, posted.body["state"], posted.body["number"]) == (200, "posted", "INV/2031/00001")
    assert posted.body["issued_at"][:10] == "2031-05-02"
    assert (again.status, again.body) == (200, posted.body)
    assert confirmed.told("billing.invoice_posted") == ["billing.invoice_posted"]
    edited = confirmed.asks("PATCH", f"/admin/v1/invoices/{invoice_id}", {"company": "X"})
    deleted = confirmed.asks("DELETE", f"/admin/v1/invoices/{invoice_id}")
    cancelled = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/cancel")
    assert [(one.status, one.code) for one in (edited, deleted)] == [(409, "document_immutable")] * 2
    assert (cancelled.status, cancelled.code, cancelled.body["allowed"]) == (409, "illegal_transition", [])
    assert confirmed.asks("GET", f"/admin/v1/invoices/{invoice_id}").body == posted.body


def test_a_draft_is_edited_and_its_figures_follow(confirmed: ServiceDriver) -> None:
    """I2."""
    invoice_id = draft(confirmed)

    answer = confirmed.asks("PATCH", f"/admin/v1/invoices/{invoice_id}", {"lines": units(1, "lin_2"), "company": "Ltd"})

    assert (answer.status, [(line["sku"], line["quantity"]) for line in answer.body["lines"]]) == (200, [("ENGRAVE", 1)])
    assert (answer.body["buyer"]["company"], answer.body["net"]) == ("Ltd", "8.00")
    too_many = confirmed.asks("PATCH", f"/admin/v1/invoices/{invoice_id}", {"lines": units(3, "lin_2")})
    assert (too_many.status, too_many.code) == (422, "quantity_too_large")
    posted = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post").body
    assert (posted["buyer"]["company"], posted["net"]) == ("Ltd", "8.00")


def test_what_a_draft_says_of_the_buyer_is_kept_and_taken_away_by_null(confirmed: ServiceDriver) -> None:
    """api.md, section 2: PATCH is a merge patch."""
    invoice_id = draft(confirmed)
    path = f"/admin/v1/invoices/{invoice_id}"

    first = confirmed.asks("PATCH", path, {"company": "Ltd", "tax_id": "GB1"}).body["buyer"]
    second = confirmed.asks("PATCH", path, {"tax_id": None}).body["buyer"]

    assert ((first["company"], first["tax_id"]), second) == (("Ltd", "GB1"), {k: v for k, v in first.items() if k != "tax_id"})
    assert confirmed.asks("POST", path + "/post").body["buyer"] == second


def test_a_deleted_draft_is_gone_and_its_key_is_not_used_twice(confirmed: ServiceDriver) -> None:
    """I2: the next one on request still finds a key."""
    first, second = draft(confirmed, lines=units(1)), draft(confirmed, lines=units(2))

    assert confirmed.asks("DELETE", f"/admin/v1/invoices/{first}").status == 204

    assert confirmed.asks("GET", f"/admin/v1/invoices/{first}").status == 404
    third = draft(confirmed, lines=units(3))
    assert [one["id"] for one in invoices(confirmed)] == [third, second]


def test_a_cancelled_draft_stays_and_is_never_posted(confirmed: ServiceDriver) -> None:
    """I2."""
    invoice_id = draft(confirmed)

    for _ in range(2):
        answer = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/cancel")
        assert (answer.status, answer.body["state"]) == (200, "cancelled")

    refused = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post")
    assert (refused.status, refused.code) == (409, "illegal_transition")
    assert confirmed.asks("DELETE", f"/admin/v1/invoices/{invoice_id}").code == "document_immutable"
    assert confirmed.told("billing.invoice_cancelled") == ["billing.invoice_cancelled"]
    assert confirmed.rows("SELECT * FROM invoice_series") == []


def test_a_draft_whose_units_another_invoice_took_is_not_posted(confirmed: ServiceDriver) -> None:
    """R-INV-14: nothing is invoiced twice."""
    invoice_id = draft(confirmed, lines=units(4))
    asks_for(confirmed, lines=units(2))

    refused = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post")

    assert (refused.status, refused.code, refused.body["errors"][0]["meta"]) == (422, "quantity_too_large", {"available": 3})
    assert confirmed.rows("SELECT next FROM invoice_series") == [(2,)]


def test_a_draft_takes_the_units_that_are_lowest_when_it_is_posted(confirmed: ServiceDriver) -> None:
    """R-MON-16: the parts add up whatever was drafted first."""
    invoice_id = draft(confirmed, lines=units(2))
    asks_for(confirmed, lines=units(3))

    posted = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post").body
    rest = asks_for(confirmed)

    assert (posted["shipping"], rest.status) == (None, 201)
    assert sum(int(one["total"].replace(".", "")) for one in invoices(confirmed)) == int(total_of(engravings=2).replace(".", ""))


def test_a_draft_of_a_cancelled_order_is_not_posted_but_may_be_deleted(confirmed: ServiceDriver) -> None:
    """R-INV-05."""
    invoice_id = draft(confirmed)
    confirmed.hears(order_cancelled(), seq=9)

    refused = confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post")

    assert (refused.status, refused.code) == (409, "illegal_transition")
    assert confirmed.asks("DELETE", f"/admin/v1/invoices/{invoice_id}").status == 204


def test_money_goes_to_what_was_posted_first_not_to_what_was_drafted_first(confirmed: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-10: the oldest document is the one that was posted first."""
    invoice_id = draft(confirmed, lines=units(2))
    asks_for(confirmed, lines=units(3))
    confirmed.later(days=1)
    confirmed.asks("POST", f"/admin/v1/invoices/{invoice_id}/post")
    asked = asked_payment(engravings=2) | {"amount": "1.00"}
    payment = confirmed.commands("POST", "/internal/v1/payments", asked).body
    deliver(confirmed, stripe.happens(payment["provider_ref"], "succeed"))
    confirmed.hears(captured_fact(confirmed))

    found = {one["number"]: one["payment_state"] for one in invoices(confirmed)}
    assert found == {"INV/2031/00001": "partial", "INV/2031/00002": "not_paid"}


def test_a_draft_is_no_document_of_the_customers(confirmed: ServiceDriver) -> None:
    """R-ACC-01: it is the shop's until it is posted."""
    invoice_id = draft(confirmed)

    answer = confirmed.asks("GET", f"/store/v1/orders/{ORDER}/documents/{invoice_id}/pdf", caller=GUEST)

    assert answer.status == 404
