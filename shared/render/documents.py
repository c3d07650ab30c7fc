"""A document: template and variables to the bytes of a PDF."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from shared.language.formats import Formats
from shared.render.barcode import code128_svg
from shared.render.pdf import render_pdf
from shared.render.sandbox import render_template


def render_document(folder: Path, template: str, *, variables: Mapping[str, Any], language: str, options: Formats) -> bytes:
    """The PDF of `<folder>/<template>.html`, styled by `<template>.css` beside it if there is one.

    `variables["barcode"]` = {text, height_mm, module_mm, show_text}, or None, reaches the template as the drawn Code 128.
    """
    html = render_template(
        folder,
        f"{template}.html",
        variables={**variables, "barcode": _drawn(variables.get("barcode"))},
        language=language,
        formats=options,
    )
    style = folder / f"{template}.css"
    return render_pdf(html, (style,) if style.is_file() else ())


def _drawn(barcode: Mapping[str, Any] | None) -> Markup | None:
    if barcode is None:
        return None
    return Markup(code128_svg(barcode["text"], barcode["height_mm"], module_mm=barcode["module_mm"], show_text=barcode["show_text"]))
