"""The methods that every new installation has (api.md, section 7)."""

from __future__ import annotations

from typing import Final

from services.billing.domain.method import AT_PICKUP, MANUAL, OFFLINE, ON_DELIVERY, ONLINE, STRIPE, Method

CARD: Final = Method(
    code="card",
    names={"en": "Card", "fa": "کارت بانکی", "vi": "Thẻ", "ru": "Банковская карта"},
    kind=ONLINE,
    provider=STRIPE,
    active=True,
    position=1,
    confirm_on="authorized",
    hold_minutes=15,
    on_expiry="release",
    refund_support="partial",
    capture_support="partial",
)


def _offline(code: str, *, position: int, names: dict[str, str], instructions: dict[str, str], staff_only: bool = False) -> Method:
    return Method(
        code=code,
        names=names,
        kind=OFFLINE,
        provider=MANUAL,
        active=True,
        staff_only=staff_only,
        position=position,
        instructions=instructions,
        confirm_on="captured",
        hold_minutes=None,
        on_expiry="cancel",
        refund_support="none",
        capture_support="none",
    )


BUILT_IN: Final = (
    CARD,
    _offline(
        "wire",
        position=2,
        names={"en": "Bank transfer", "fa": "حواله بانکی", "vi": "Chuyển khoản", "ru": "Банковский перевод"},
        instructions={
            "en": "Please transfer the amount to our account and give the reference.",
            "fa": "لطفاً مبلغ را به حساب ما واریز کنید و شناسه پرداخت را بنویسید.",
            "vi": "Vui lòng chuyển số tiền vào tài khoản của chúng tôi và ghi mã tham chiếu.",
            "ru": "Пожалуйста, переведите сумму на наш счёт и укажите номер платежа.",
        },
    ),
    _offline(
        AT_PICKUP,
        position=3,
        names={
            "en": "Pay at pickup",
            "fa": "پرداخت هنگام تحویل حضوری",
            "vi": "Trả tiền khi nhận tại cửa hàng",
            "ru": "Оплата при самовывозе",
        },
        instructions={
            "en": "Please pay when you pick up your order.",
            "fa": "لطفاً هنگام تحویل گرفتن سفارش پرداخت کنید.",
            "vi": "Vui lòng thanh toán khi nhận hàng tại cửa hàng.",
            "ru": "Пожалуйста, оплатите заказ при получении в пункте самовывоза.",
        },
    ),
    _offline(
        ON_DELIVERY,
        position=4,
        names={"en": "Cash on delivery", "fa": "پرداخت در محل", "vi": "Thanh toán khi nhận hàng", "ru": "Оплата при доставке"},
        instructions={
            "en": "Please pay the courier when your order arrives.",
            "fa": "لطفاً هنگام رسیدن سفارش به پیک پرداخت کنید.",
            "vi": "Vui lòng trả tiền cho người giao hàng khi nhận hàng.",
            "ru": "Пожалуйста, оплатите заказ курьеру при получении.",
        },
    ),
    _offline(
        "cash",
        position=5,
        names={"en": "Cash", "fa": "نقدی", "vi": "Tiền mặt", "ru": "Наличные"},
        instructions={},
        staff_only=True,
    ),
)
