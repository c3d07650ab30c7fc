"""The environment: every CARTWRIGHT_… variable of api.md, section 1, read once and checked."""

from __future__ import annotations

import ipaddress
import re
from functools import cached_property
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingInvalid

SERVICES: Final = ("orders", "delivery", "billing", "returns", "notifications")
"""The five, in the order in which they are started and migrated."""


class Environment(BaseSettings):
    """What a process is told from outside. An empty variable counts as absent."""

    model_config = SettingsConfigDict(env_prefix="CARTWRIGHT_", env_ignore_empty=True, env_file=".env", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str | None = None
    files_url: str = "database:"
    data_dir: Path = Path("cartwright-data")
    database_url: str | None = None
    broker_url: str | None = None
    smtp_url: str | None = None
    stripe_api_key: str | None = None
    stripe_publishable_key: str | None = None
    stripe_webhook_secret: str | None = None
    stripe_api_base: str = "https://api.stripe.com"
    admin_key: str | None = None
    publishable_key: str | None = None
    secret: str | None = None
    trusted_proxies: str | None = None
    test_mode: bool = False
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    orders_url: str | None = None
    delivery_url: str | None = None
    billing_url: str | None = None
    returns_url: str | None = None
    notifications_url: str | None = None

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str | None) -> str | None:
        if url is not None and not re.match(r"(postgresql\+psycopg|sqlite)://", url):
            raise ValueError("must begin with postgresql+psycopg://")
        return url

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, url: str | None) -> str | None:
        if url is not None and not re.match(r"amqps?://", url):
            raise ValueError("must begin with amqp:// or amqps://")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, url: str | None) -> str | None:
        if url is not None and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
            raise ValueError("must look like smtp://host:port or smtps://user:password@host")
        return url

    @field_validator("files_url")
    @classmethod
    def _files(cls, url: str) -> str:
        if url != "database:":
            raise ValueError("only database: is supported by this version")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, text: str | None) -> str | None:
        for part in (text or "").split(","):
            if part.strip():
                ipaddress.ip_network(part.strip(), strict=False)
        return text

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.database_url is None) != (self.broker_url is None):
            missing = "CARTWRIGHT_BROKER_URL" if self.broker_url is None else "CARTWRIGHT_DATABASE_URL"
            raise ValueError(f"{missing} is not set: give both the database's and the broker's URL, or neither for the embedded mode")
        return self

    @property
    def base_url(self) -> str:
        """Base of every link that leaves the house, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def local_url(self) -> str:
        """Where this machine itself reaches the gateway, whatever name it has outside."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.port}"

    @property
    def embedded(self) -> bool:
        """No server given: SQLite files and the embedded bus. Read by the host alone."""
        return self.database_url is None

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Stripe's signing secrets; two while rotating."""
        return tuple(part.strip() for part in (self.stripe_webhook_secret or "").split(",") if part.strip())

    @cached_property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Addresses whose X-Forwarded-For is believed."""
        parts = (part.strip() for part in (self.trusted_proxies or "").split(","))
        return tuple(ipaddress.ip_network(part, strict=False) for part in parts if part)

    def database_url_of(self, service: str) -> str:
        """The service's own database: its SQLite file, or the given URL with `{service}` filled in."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.absolute() / (service + '.db')}"
        return self.database_url.replace("{service}", service)

    def service_url(self, service: str) -> str | None:
        """Where the gateway finds a service that is not in its own process."""
        url: str | None = getattr(self, f"{service}_url")
        return url.rstrip("/") if url else None


def read_environment() -> Environment:
    """The process's environment. Raises SettingInvalid with one sentence that names the variable."""
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors()[0]
        name = "CARTWRIGHT_" + str(first["loc"][0]).upper() if first["loc"] else "the environment"
        raise SettingInvalid(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


def masked(url: str | None) -> str:
    """A URL for people to read: the password in it is hidden."""
    if url is None:
        return "not set"
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":•••@")))
