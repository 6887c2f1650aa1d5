"""The file as its bytes: what readers that are simpler than PyYAML would make of it."""

from collections.abc import Iterator

import pytest
import yaml

from tests.workflow_definition import DEFINITION_FILE

TEXT = DEFINITION_FILE.read_text(encoding="utf-8")


def beyond_json(text: str) -> Iterator[str]:
    """Everything in YAML that readers disagree on: anchors, aliases, merge keys and explicit types, with its line."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        assert event.start_mark is not None
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            yield f"line {line}: alias *{event.anchor}"
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            yield f"line {line}: anchor &{event.anchor}"
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.style is None:
            yield f"line {line}: merge key"
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            yield f"line {line}: tag {event.tag}"


def test_the_definition_has_no_alias_and_no_anchor() -> None:
    """CloudFormation reads a state machine from S3 with a parser for which an alias is the name of its anchor."""
    assert list(beyond_json(TEXT)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: &x [1]\nb: *x", ["line 1: anchor &x", "line 2: alias *x"]),
        ("a: &unused 1", ["line 1: anchor &unused"]),
        ("a: {<<: {b: 1}}", ["line 1: merge key"]),
        ("a: !!str 1", ["line 1: tag tag:yaml.org,2002:str"]),
        ("a: '<<'", []),
    ],
)
def test_what_readers_disagree_on_is_found(text: str, found: list[str]) -> None:
    assert list(beyond_json(text)) == found


def test_the_definition_is_one_document() -> None:
    assert len(list(yaml.safe_load_all(TEXT))) == 1


def test_no_key_is_there_twice() -> None:
    """PyYAML keeps the last of two equal keys and says nothing."""
    assert list(repeated_keys(yaml.compose(TEXT, Loader=yaml.SafeLoader))) == []
    assert list(repeated_keys(yaml.compose("a: 1\nb: {c: 1, c: 2}", Loader=yaml.SafeLoader))) == ["line 2: c"]


def repeated_keys(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        yield from (
            f"line {key.start_mark.line + 1}: {key.value}"
            for index, (key, _) in enumerate(node.value)
            if key.value in names[:index]
        )
    for child in node.value if isinstance(node, yaml.CollectionNode) else []:
        for part in child if isinstance(child, tuple) else (child,):
            yield from repeated_keys(part)
