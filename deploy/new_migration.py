"""Writes a migration of one service out of its tables: `python deploy/new_migration.py orders "add a column"`.

It compares the catalogue with a fresh PostgreSQL database that stands at the last migration
(CARTWRIGHT_TEST_DATABASE_URL, by default the local one). Read what it wrote before you commit it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.db.migrate import migrate, migrating, revise


def main() -> int:
    """Returns 2 when the words are missing."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    name, message = sys.argv[1:]
    service = import_module(f"services.{name}.service").SERVICE
    server = make_url(os.environ.get("CARTWRIGHT_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"))
    database = f"cartwright_new_{secrets.token_hex(4)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {database}")
    url = server.set(database=database).render_as_string(hide_password=False)
    versions = service.folder / "migrations" / "versions"
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
    try:
        migrate(name, url, service.folder, service.metadata)
        with migrating(name, url) as connection:
            written = revise(service.folder, service.metadata, connection, message, number=number)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {database} WITH (FORCE)")
    path = Path(written.path)
    text = path.read_text()
    # The catalogue's own types, so that both dialects get what the tables say.
    for kind in ("Instant",):
        text = text.replace(f"shared.db.base.{kind}(timezone=True)", f"{kind}()").replace(f"shared.db.base.{kind}()", f"{kind}()")
    if "Instant()" in text:
        text = text.replace("from alembic import op\n", "from alembic import op\n\nfrom shared.db.base import Instant\n", 1)
    if number == "0001":
        # Until a version is released it is laid anew: by its own name, so that a database of an older one is not taken for it.
        text = re.sub("""^revision = ['"]0001['"]""", f'revision = "{_digest(service.metadata)}_0001"', text, count=1, flags=re.MULTILINE)
    path.write_text(text)
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([ruff, *command, path], check=False)
    print(path)
    return 0


def _digest(metadata: MetaData) -> str:
    tables = "\n".join(str(CreateTable(table)) for table in metadata.sorted_tables)
    indexes = "\n".join(sorted(str(CreateIndex(index)) for table in metadata.sorted_tables for index in table.indexes))
    return hashlib.sha256(f"{tables}\n{indexes}".encode()).hexdigest()[:8]


if __name__ == "__main__":
    sys.exit(main())
