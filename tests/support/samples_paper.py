"""Invoices, events and settings as the services hand them to documents and mails, in each of the four languages."""

from typing import Any

SETTINGS: dict[str, Any] = {
    "store": {
        "name": "Cartwright & Daughters",
        "address": {"line1": "12 Wheel Lane", "city": "Leiden", "postal_code": "2311 AB", "country": "NL"},
        "tax_id": "NL001234567B01",
        "phone": "+31701234567",
        "email": "shop@example.org",
        "time_zone": "Europe/Amsterdam",
        "default_language": "en",
        "footer": {
            "en": "Thank you for buying from a small workshop.",
            "fa": "از خرید شما از کارگاه کوچک ما سپاسگزاریم.",
            "vi": "Cảm ơn quý khách đã mua hàng của xưởng chúng tôi.",
            "ru": "Спасибо, что купили у небольшой мастерской.",
        },
    },
    "documents": {
        "native_digits": False,
        "jalali_dates": False,
        "currency_display": "code",
        "barcode": {"type": "code128", "prefix": "", "text": True, "height_mm": 12, "module_mm": 0.33},
    },
}

BUYERS: dict[str, dict[str, Any]] = {
    "en": {
        "name": "Ada Brown",
        "company": "Brown & Sons Ltd",
        "tax_id": "GB123456789",
        "email": "ada@example.com",
        "phone": "+442079460000",
        "address": {"name": "Ada Brown", "line1": "7 Mill Road", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"},
    },
    "fa": {
        "name": "سارا احمدی",
        "company": None,
        "tax_id": None,
        "email": "sara@example.com",
        "phone": "+982188880000",
        "address": {"line1": "خیابان ولیعصر، پلاک ۱۲", "city": "تهران", "postal_code": "1598764510", "country": "IR"},
    },
    "vi": {
        "name": "Nguyễn Thị Thủy",
        "company": None,
        "tax_id": None,
        "email": "thuy@example.com",
        "phone": "+842838220000",
        "address": {"line1": "45 Đường Lê Lợi", "line2": "Phường Bến Nghé", "city": "Thành phố Hồ Chí Minh", "country": "VN"},
    },
    "ru": {
        "name": "Екатерина Щукина",
        "company": "ООО «Ёжик»",
        "tax_id": "7707083893",
        "email": "kat@example.com",
        "phone": "+74959700000",
        "address": {"line1": "ул. Тверская, д. 1", "city": "Москва", "postal_code": "125009", "country": "RU"},
    },
}

GOODS: dict[str, tuple[str, ...]] = {
    "en": ("Oak mug, large", "Handle of ash wood for an axe of the long pattern, oiled twice", "Wheel, 12 spokes"),
    "fa": ("لیوان چوب بلوط (Oak Mug 300 ml)", "دستهٔ تبر از چوب زبان‌گنجشک، دو بار روغن‌خورده", "چرخ دوازده‌پره"),
    "vi": ("Cốc gỗ sồi loại lớn", "Cán rìu bằng gỗ tần bì, kiểu dài, đã tẩm dầu hai lần", "Bánh xe 12 nan hoa"),
    "ru": ("Кружка дубовая, большая", "Топорище из ясеня, длинное, дважды промасленное", "Колесо, 12 спиц"),
}


def invoice(language: str = "en", *, lines: int = 3) -> dict[str, Any]:
    """A posted invoice of `lines` goods lines and shipping, partly paid, with an order discount and a voucher on the first line."""
    names = GOODS[language]
    goods = [
        {
            "id": f"ivl_{position:026}",
            "order_line_id": f"lin_{position:026}",
            "sku": f"OAK-{position:03}",
            "description": names[position % len(names)],
            "quantity": 2,
            "unit_price": "620.00",
            "discount_percent": "0",
            "discount": "0.00",
            "tax_rate": "20",
            "net": "1240.00",
            "tax": "248.00",
            "total": "1488.00",
        }
        for position in range(lines)
    ]
    goods[0] |= {"discount_percent": "7.5", "discount": "5.00", "voucher": "12.00", "net": "1132.00", "tax": "226.40", "total": "1358.40"}
    net = 113200 + 124000 * (lines - 1)
    tax = net // 5
    shipping = {"method": "post", "name": "DHL", "price": "12.50", "tax_rate": "7.5", "net": "12.50", "tax": "0.94", "total": "13.44"}
    total = net + tax + 1344
    return {
        "id": "inv_01JD0000000000000000000042",
        "type": "invoice",
        "number": "INV/2031/00042",
        "state": "posted",
        "order_number": "SO000123",
        "language": language,
        "currency": "EUR",
        "seller": {key: SETTINGS["store"][key] for key in ("name", "address", "tax_id", "phone", "email")},
        "buyer": BUYERS[language],
        "issued_at": "2031-05-01T22:30:00Z",
        "supplied_at": "2031-04-30T09:00:00Z",
        "due_at": "2031-05-15T21:59:59Z",
        "lines": goods,
        "shipping": {**shipping, "discount": "0.00"},
        "adjustments": [],
        "net": _amount(net + 1250),
        "tax": _amount(tax + 94),
        "total": _amount(total),
        "amount_due": _amount(total - 50000),
        "tax_lines": [{"rate": "20", "net": _amount(net), "tax": _amount(tax)}, {"rate": "7.5", "net": "12.50", "tax": "0.94"}],
        "prices_include_tax": False,
    }


ORDER: dict[str, Any] = {"number": "SO000123", "customer_reference": "PO-77/3", "confirmed_at": "2031-04-29T10:00:00Z"}
PAID = "500.00"
PAYMENT: dict[str, Any] = {
    "reference": "SO000123",
    "deadline_at": "2031-05-15T21:59:59Z",
    "instructions": {"text": None, "details": {"iban": "NL91ABNA0417164300", "account_holder": "Cartwright & Daughters"}},
}


def _amount(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


STORE: dict[str, Any] = SETTINGS["store"]
LINKS: dict[str, str] = {
    "order": "https://shop.example.org/orders/ord_1?token=abc",
    "payment": "https://shop.example.org/orders/ord_1/pay?token=abc",
}


def order_confirmed(language: str = "en", *, paid: bool = False) -> dict[str, Any]:
    """The payload of `orders.order_confirmed` of three lines by two sellers; unpaid with instructions, or paid in full."""
    buyer = BUYERS[language]
    lines = [
        {"line_id": f"lin_{n}", "sku": f"OAK-00{n}", "name": name, "quantity": n + 1, "total": total, "seller_id": seller}
        for n, (name, total, seller) in enumerate(zip(GOODS[language], ("25.00", "59.90", "38.00"), ("kiln", "kiln", "forge"), strict=True))
    ]
    return {
        "number": "SO000123",
        "who": {key: buyer[key] for key in ("name", "email", "phone")} | {"language": language},
        "currency": "EUR",
        "lines": lines,
        "shipping": {"method": "post", "name": "DHL", "total": "6.10"},
        "totals": {
            "discount": "5.00",
            "voucher": "0.00",
            "tax": "21.50",
            "total": "129.00",
            "paid": "129.00" if paid else "0.00",
            "authorized": "0.00",
            "outstanding": "0.00" if paid else "129.00",
        },
        "shipping_address": {"name": buyer["name"], **buyer["address"]},
        "instructions": None if paid else PAYMENT["instructions"],
        "deadline_at": None if paid else PAYMENT["deadline_at"],
        "expected_at": "2031-05-06T16:00:00Z",
        "customer_note": "Please ring twice <b>loudly</b>.",
        "confirmed_at": "2031-04-29T10:00:00Z",
    }


def delivery_done() -> dict[str, Any]:
    """The payload of `delivery.delivery_done`: two parcels, one of them without a number yet, and one piece that follows."""
    return {
        "parcels": [
            {
                "id": "pcl_1",
                "carrier": "DHL",
                "tracking_number": "00340434161094000001",
                "tracking_url": "https://track.example.org/00340434161094000001",
                "lines": [{"sku": "OAK-000", "quantity": 1}, {"sku": "OAK-001", "quantity": 2}],
            },
            {"id": "pcl_2", "carrier": None, "tracking_number": None, "tracking_url": None, "lines": [{"sku": "OAK-002", "quantity": 2}]},
        ],
        "remaining": [{"sku": "OAK-002", "quantity": 1}],
    }


def names(language: str = "en") -> dict[str, str]:
    """What the sold skus are called."""
    return {f"OAK-00{position}": name for position, name in enumerate(GOODS[language])}
