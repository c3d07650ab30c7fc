"""What set-up pins must agree with what the build asks for."""

import json
import tomllib

from packaging.requirements import Requirement

from deploy.setup import ROOT, SOURCES, UV_VERSION, UV_WHEELS


def test_pinned_uv_builds_the_project_with_what_it_has_inside() -> None:
    """Else uv would fetch a build backend that no lock vouches for."""
    build_system = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]

    [requirement] = [Requirement(text) for text in build_system["requires"]]

    assert requirement.name == "uv_build"
    assert requirement.specifier.contains(UV_VERSION)


def test_wheels_of_both_machines_are_of_the_pinned_version() -> None:
    assert {machine: f"/uv-{UV_VERSION}-" in url and machine in url for machine, (url, _) in UV_WHEELS.items()} == {
        "x86_64": True,
        "aarch64": True,
    }


def test_everything_that_a_stamp_is_made_from_exists() -> None:
    assert [name for name in SOURCES if not (ROOT / name).is_file()] == []


def test_every_font_comes_with_its_licence() -> None:
    lock = json.loads((ROOT / "deploy" / "assets.lock.json").read_text())

    fonts = {name: package["files"].values() for name, package in lock.items() if any(file.endswith(".ttf") for file in package["files"])}

    assert fonts
    assert [name for name, files in fonts.items() if not any(file.endswith("OFL.txt") for file in files)] == []
