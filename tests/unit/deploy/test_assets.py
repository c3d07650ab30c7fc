"""Files from outside are believed for their hash alone, and come whole or not at all."""

import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from deploy.assets import lay_out_assets
from deploy.fetch import SetupFailed, fetch, quiet

FONT = b"a font, let us say"
TARGET = "shared/render/fonts/Sample.ttf"


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    path = tmp_path / "sample-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("package/Sample.ttf")
        member.size = len(FONT)
        archive.addfile(member, io.BytesIO(FONT))
    return path


def integrity_of(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def lock_of(tarball: Path, *, member: str = "package/Sample.ttf", integrity: str | None = None) -> Path:
    lock = tarball.with_name("assets.lock.json")
    package = {
        "version": "1.0.0",
        "url": tarball.as_uri(),
        "integrity": integrity or integrity_of(tarball.read_bytes()),
        "files": {member: TARGET},
    }
    lock.write_text(json.dumps({"sample": package}))
    return lock


def test_locked_file_is_laid_out_where_the_lock_says(tarball: Path, tmp_path: Path) -> None:
    lay_out_assets(tmp_path / "checkout", lock_of(tarball))

    assert (tmp_path / "checkout" / TARGET).read_bytes() == FONT


def test_second_time_nothing_is_fetched(tarball: Path, tmp_path: Path) -> None:
    lock = lock_of(tarball)
    lay_out_assets(tmp_path / "checkout", lock)
    tarball.unlink()

    lay_out_assets(tmp_path / "checkout", lock)

    assert (tmp_path / "checkout" / TARGET).read_bytes() == FONT


def test_file_that_was_lost_is_fetched_again(tarball: Path, tmp_path: Path) -> None:
    lock = lock_of(tarball)
    lay_out_assets(tmp_path / "checkout", lock)
    (tmp_path / "checkout" / TARGET).unlink()

    lay_out_assets(tmp_path / "checkout", lock)

    assert (tmp_path / "checkout" / TARGET).read_bytes() == FONT


def test_package_with_another_hash_is_refused_and_nothing_of_it_kept(tarball: Path, tmp_path: Path) -> None:
    lock = lock_of(tarball, integrity=integrity_of(b"what was pinned"))

    with pytest.raises(SetupFailed, match="is not the file that was pinned"):
        lay_out_assets(tmp_path / "checkout", lock)

    assert not (tmp_path / "checkout" / TARGET).exists()


def test_package_without_a_file_of_the_lock_is_named(tarball: Path, tmp_path: Path) -> None:
    lock = lock_of(tarball, member="package/Other.ttf")

    with pytest.raises(SetupFailed, match=r"sample-1\.0\.0\.tgz has no file package/Other\.ttf"):
        lay_out_assets(tmp_path / "checkout", lock)


def test_absent_server_is_reported_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.fetch.ATTEMPTS", 1)

    with pytest.raises(SetupFailed, match=r"https://127\.0\.0\.1:9/x cannot be fetched: .*refused"):
        fetch("https://127.0.0.1:9/x", integrity=integrity_of(b""), report=quiet)
