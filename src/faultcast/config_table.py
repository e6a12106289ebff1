"""The table of all configuration keys, made from the schema.

`python -m faultcast.config_table > docs/configuration.md`
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from faultcast.config import in_words, read_schema


def document(schema: Mapping[str, Any]) -> str:
    """Return a Markdown table of every key: meaning, kind, what is allowed."""
    rows = [
        "# Configuration",
        "",
        "Made from `workflow/schemas/config.schema.yaml` by `python -m faultcast.config_table`.",
        "`config.yaml` holds the papers' values; files in `config/` overlay it.",
        "",
        "| key | meaning | allowed |",
        "|---|---|---|",
    ]
    rows += [
        f"| `{key}` | {meaning} | {allowed} |" for key, meaning, allowed in _keys(schema, schema)
    ]
    return "\n".join(rows) + "\n"


def _keys(
    node: Mapping[str, Any], root: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, str, str]]:
    node = _resolve(node, root)
    children = dict(node.get("properties", {}))
    extra = node.get("additionalProperties")
    if isinstance(extra, Mapping):
        children["<name>"] = extra
    for name, child in children.items():
        resolved = {**_resolve(child, root), **{k: v for k, v in child.items() if k != "$ref"}}
        key = f"{prefix}{name}"
        yield key, resolved.get("description", "").strip().replace("\n", " "), _allowed(resolved)
        yield from _keys(resolved, root, f"{key}.")


def _resolve(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in node:
        target: Mapping[str, Any] = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
        return target
    return node


def _allowed(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{item}`" for item in node["enum"])
    text = in_words(node.get("type", "value"))
    for word, sign in (("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<=")):
        if word in node:
            text += f" {sign} {node[word]}"
    return text


if __name__ == "__main__":
    sys.stdout.write(document(read_schema("workflow/schemas/config.schema.yaml")))
