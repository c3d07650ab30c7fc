"""The link of a mail. It holds the order's token, which is derived and never stored (R-ACC-02): what is kept has a mark instead."""

from __future__ import annotations

from html import escape

from shared.values.order_token import order_token


def marked(notification_id: str) -> dict[str, str]:
    """The links that templates get. The id in the mark keeps a customer's note from writing one."""
    mark = _mark(notification_id)
    return {"order": mark, "payment": mark}


def base_of(token_generation: int | None, *, storefront_url: str | None, base_url: str) -> str:
    """Where customers' links begin: the shop's own storefront, else the built-in pages; without a generation the office."""
    if token_generation is None:
        return f"{base_url}/office"
    return storefront_url or f"{base_url}/shop"


def order_page(base: str, order_id: str | None, *, secret: str, token_generation: int | None) -> str:
    """The order's page in the storefront, opened by its token; without a generation its page in the office, or that of all tasks."""
    if order_id is None:
        return f"{base.rstrip('/')}/tasks"
    page = f"{base.rstrip('/')}/orders/{order_id}"
    return page if token_generation is None else f"{page}?token={order_token(secret, order_id, token_generation)}"


def filled(body: str, notification_id: str, page: str) -> str:
    """A text with its link."""
    return body.replace(_mark(notification_id), page)


def filled_html(body: str, notification_id: str, page: str) -> str:
    """An HTML body with its link."""
    return body.replace(_mark(notification_id), escape(page))


def moved(body: str, from_id: str, to_id: str) -> str:
    """A body whose link is to be another notification's."""
    return body.replace(_mark(from_id), _mark(to_id))


def _mark(notification_id: str) -> str:
    return f"https://link.invalid/{notification_id}"
