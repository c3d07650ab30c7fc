"""What is generated out of the code is fresh: docs/events.md, docs/lifecycles.md, the OpenAPI document."""

from __future__ import annotations

import pytest

from deploy.generate_docs import DOCS, PAGES
from services.gateway.openapi import FILE
from services.host.openapi import written


@pytest.mark.parametrize("name", PAGES)
def test_the_generated_pages_are_fresh(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run: .venv/bin/python deploy/generate_docs.py"


def test_the_openapi_document_is_fresh() -> None:
    """R-API-04"""
    assert FILE.read_bytes() == written(), "run: cartwright openapi"
