import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from faultcast.catalog.registry import load_registry
from faultcast.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "datasets.schema.yaml"
ENTRY = """
  {name}:
    title: A catalog
    access: open
    licence: MIT
    citation: Somebody (2020)
    base_urls: ["https://example.org/a/", "https://example.net/b/"]
    files:
      - {{path: {name}/one.csv, bytes: 3}}
"""


def load(tmp_path: Path, text: str):
    (tmp_path / "datasets.yaml").write_text("datasets:" + text)
    return load_registry(tmp_path / "datasets.yaml", schema_path=SCHEMA)


def faults(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)
    return str(raised.value)


def test_our_registry_is_valid_and_complete() -> None:
    registry = load_registry(ROOT / "resources" / "datasets.yaml")
    assert len(registry["scedc_dc"].files) == len(registry["scedc_scsn"].files) == 40
    assert {dataset.access for dataset in registry.values()} == {"open", "key", "manual"}
    for dataset in registry.values():
        for file in dataset.files:
            held = file.sha256 or file.git_blob_sha1 or file.query or dataset.untested
            assert held, f"{file.path} has no checksum"
    query = registry["comcat_japan_fdsn"].files[0].query
    assert query is not None
    assert query.end == datetime(2016, 4, 5, tzinfo=UTC)


def test_addresses_come_from_the_bases_or_from_the_file(tmp_path: Path) -> None:
    text = ENTRY.format(name="a") + "      - {path: a/two.csv, remote: x/2.csv}\n"
    text += '      - {path: a/three.csv, urls: ["https://example.org/3"], mirror_path: m/3.csv}\n'
    one, two, three = load(tmp_path, text)["a"].files
    assert one.urls == ("https://example.org/a/one.csv", "https://example.net/b/one.csv")
    assert two.urls[0] == "https://example.org/a/x/2.csv"
    assert three.urls == ("https://example.org/3",)
    assert (one.mirror_path, three.mirror_path) == ("a/one.csv", "m/3.csv")


def test_all_faults_of_form_at_once(tmp_path: Path) -> None:
    text = ENTRY.format(name="a").replace("bytes: 3", "bytes: three, color: red")
    text += ENTRY.format(name="b").replace("access: open", "access: free")
    text += ENTRY.format(name="c").replace("c/one.csv", "../one.csv")
    text += ENTRY.format(name="d").replace("https://example.org/a/", "file:///etc/")
    told = faults(tmp_path, text)
    assert "5 fault(s)" in told
    for part in ("color", "'three' is not of type", "'free'", "../one.csv", "file:///etc/"):
        assert part in told


def test_all_faults_of_sense_at_once(tmp_path: Path) -> None:
    text = ENTRY.format(name="a").replace("access: open", "access: manual")
    text += ENTRY.format(name="b").replace("access: open", "access: key")
    text += ENTRY.format(name="c").replace("c/one.csv", "a/one.csv")
    text += (
        yaml.safe_dump(
            {
                "d": {
                    "title": "none",
                    "access": "open",
                    "licence": "MIT",
                    "citation": "nobody",
                    "files": [
                        {"path": "d/one"},
                        {
                            "path": "d/two",
                            "query": {
                                "service": "https://example.org/",
                                "start": "2001-02-30",
                                "end": "2001-01-01",
                                "latitude_deg": [3, 2],
                                "longitude_deg": [1, 2],
                                "magnitude_min": 2,
                            },
                        },
                    ],
                }
            },
        )
        .replace("\n", "\n  ")
        .join(["  ", "\n"])
    )
    told = faults(tmp_path, text)
    for part in (
        "a: access is manual",
        "b: `key` belongs to access `key`",
        "c: a/one.csv belongs to a already",
        "d: d/one has no address",
        "start 2001-02-30 is no date",
        "latitude_deg 3, 2",
    ):
        assert part in told


def test_a_dataset_named_twice_is_not_lost(tmp_path: Path) -> None:
    assert "'a' stands twice" in faults(tmp_path, ENTRY.format(name="a") * 2)


def test_an_unknown_dataset_names_the_likely_slip(tmp_path: Path) -> None:
    registry = load(tmp_path, ENTRY.format(name="landers"))
    with pytest.raises(ConfigError, match="did you mean 'landers'"):
        registry["lander"]


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the registry"):
        load_registry(tmp_path / "none.yaml", schema_path=SCHEMA)


def test_the_docs_list_every_dataset() -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    for dataset in load_registry(ROOT / "resources" / "datasets.yaml").values():
        row = f"| `{dataset.id}` | {dataset.title} |"
        assert row in text, f"docs/data.md lacks: {row}"
        assert dataset.licence in text


def test_the_docs_say_what_the_default_configuration_lacks_without_a_person() -> None:
    registry = load_registry(ROOT / "resources" / "datasets.yaml")
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for catalog in config["catalogs"].values():
        catalog.pop("merged_dataset", None)  # the merge takes its place where it is absent
    named = set(re.findall(r"\w+", yaml.safe_dump(config)))
    closed = {item.id for item in registry.values() if item.access != "open" and item.id in named}
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    table = text.split("| manual dataset | left out without it |\n")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == closed
