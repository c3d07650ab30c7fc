"""Templates get their variables and filters, and nothing of Python."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from shared.language.formats import Formats
from shared.render.sandbox import render_template


def render(folder: Path, source: str, *, language: str = "en", suffix: str = "html", **variables: Any) -> str:
    (folder / f"t{abs(hash(source))}.{suffix}").write_text(source, encoding="utf-8")
    formats = Formats("Europe/Amsterdam")
    return render_template(folder, f"t{abs(hash(source))}.{suffix}", variables=variables, language=language, formats=formats)


@pytest.mark.parametrize(
    "source",
    [
        "{{ order.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ order.lines.append(1) }}",
        "{{ order.update(number=1) }}",
        "{{ '{0.__class__}'.format(order) }}",
    ],
)
def test_python_is_out_of_reach(tmp_path: Path, source: str) -> None:
    """R-DOC-03."""
    with pytest.raises(SecurityError):
        render(tmp_path, source, order={"number": "SO1", "lines": [], "Ada": None})


def test_files_outside_the_folder_are_out_of_reach(tmp_path: Path) -> None:
    """R-DOC-03."""
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "inner").mkdir()

    with pytest.raises(Exception, match=r"secret\.html"):
        render(tmp_path / "inner", "{% include '../secret.html' %}")


def test_variable_that_is_not_there_raises_instead_of_printing_a_gap(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match="nothing"):
        render(tmp_path, "{{ order.nothing }}", order={})


def test_values_are_escaped_in_html_and_left_alone_in_text(tmp_path: Path) -> None:
    source = '{{ who }} {{ _("Hello %(name)s,", name=who) }}'

    assert render(tmp_path, source, who="<Ada & Co>") == "&lt;Ada &amp; Co&gt; Hello &lt;Ada &amp; Co&gt;,"
    assert render(tmp_path, source, who="<Ada & Co>", suffix="txt") == "<Ada & Co> Hello <Ada & Co>,"


def test_text_of_a_user_is_never_a_format(tmp_path: Path) -> None:
    source = '{{ _("Hello %(name)s,", name=who) }}'

    assert render(tmp_path, source, who="100 % {0.__class__} %(name)s", suffix="txt") == "Hello 100 % {0.__class__} %(name)s,"


def test_persian_figures_and_codes_are_isolated_left_to_right(tmp_path: Path) -> None:
    """R-LNG-02."""
    source = "{{ '1234.50'|money('EUR') }} {{ 'SO1'|code }} {{ 2|number }} {{ '20'|percent }} {{ '2031-05-01'|date }}"
    shown = ["1,234.50\u00a0EUR", "SO1", "2", "20%", "2031/05/01"]

    assert render(tmp_path, source, language="fa") == " ".join(f'<bdi dir="ltr">{text}</bdi>' for text in shown)
    assert render(tmp_path, source, language="fa", suffix="txt") == " ".join(f"\u2066{text}\u2069" for text in shown)
    assert render(tmp_path, source, language="vi", suffix="txt") == "1.234,50\u00a0EUR SO1 2 20% 01/05/2031"


def test_persian_symbol_stands_to_the_left_of_its_digits(tmp_path: Path) -> None:
    """R-LNG-02: the one amount that is read from the right."""
    (tmp_path / "rial.html").write_text("{{ '5000'|money('IRR') }}")
    formats = Formats("Asia/Tehran", currency_display="symbol")

    shown = render_template(tmp_path, "rial.html", variables={}, language="fa", formats=formats)

    assert shown == '<bdi dir="rtl">5,000\u00a0ریال</bdi>'


def test_names_of_unknown_direction_are_isolated_and_escaped(tmp_path: Path) -> None:
    """R-LNG-02."""
    assert render(tmp_path, "{{ 'Mug <1>'|name }}", language="fa") == "\u2068Mug &lt;1&gt;\u2069"
    assert render(tmp_path, "{{ 'Mug <1>'|code }}", language="fa") == '<bdi dir="ltr">Mug &lt;1&gt;</bdi>'
    assert render(tmp_path, "{{ 'Mug <1>'|name }}", language="ru") == "Mug &lt;1&gt;"


def test_money_takes_the_documents_currency(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ '5.00'|money }}", currency="USD") == "5.00\u00a0USD"


def test_count_takes_its_plural(tmp_path: Path) -> None:
    """R-LNG-06."""
    source = (
        '{{ ngettext("A parcel of order %(number)s is on its way", "%(num)s parcels of order %(number)s are on their way", 3, number=n) }}'
    )

    assert render(tmp_path, source, language="ru", n="SO1") == "3 посылки по заказу SO1 в пути"
