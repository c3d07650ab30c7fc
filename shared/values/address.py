"""A postal address, as the API gives and takes it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Address(BaseModel):
    """Replaced as a whole, never merged (api.md, section 2). `country` is ISO 3166-1 alpha-2."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [{"name": "Sara Rad", "line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    company: str | None = Field(default=None, max_length=200)
    line1: str = Field(min_length=1, max_length=200)
    line2: str | None = Field(default=None, max_length=200)
    city: str = Field(min_length=1, max_length=100)
    region: str | None = Field(default=None, max_length=100)
    postal_code: str | None = Field(default=None, max_length=20)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    phone: str | None = Field(default=None, max_length=40)
