from pathlib import Path

import pytest

from scripts.preflight.deployment import NotUnderstood, read_deployment

TEMPLATE = """
Parameters:
  Given: {Type: String}
  Optional: {Type: Number, Default: 5}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Given}}
"""
SAMCONFIG = """
version = 0.1
[default.global.parameters]
stack_name = "kept"
[default.deploy.parameters]
parameter_overrides = "Given=\\"a value\\" Optional=\\"7\\""
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def test_defaults_fill_in_what_is_not_given(root: Path) -> None:
    read = read_deployment("named", ["Given=x=y"], root)

    assert read.stack_name == "named"
    assert read.parameters == {"Given": "x=y", "Optional": "5"}


def test_what_sam_keeps_is_read_as_sam_reads_it(root: Path) -> None:
    (root / "samconfig.toml").write_text(SAMCONFIG)

    read = read_deployment(None, [], root)

    assert (read.stack_name, read.parameters) == ("kept", {"Given": "a value", "Optional": "7"})


def test_overrides_as_a_list_are_read_too(root: Path) -> None:
    (root / "samconfig.toml").write_text(
        '[default.deploy.parameters]\nparameter_overrides = ["Given=x", "Optional=8"]\n'
    )

    assert read_deployment("named", [], root).parameters == {"Given": "x", "Optional": "8"}


def test_a_parameter_that_the_template_does_not_have_is_refused(root: Path) -> None:
    with pytest.raises(NotUnderstood, match="no parameter Givn"):
        read_deployment("named", ["Givn=x"], root)


def test_without_a_name_there_is_no_stack(root: Path) -> None:
    with pytest.raises(NotUnderstood, match="--stack-name"):
        read_deployment(None, ["Given=x"], root)


def test_the_compact_template_has_functions_in_their_long_form(root: Path) -> None:
    compact = read_deployment("named", [], root).compact_template

    assert '"QueueName":{"Ref":"Given"}' in compact
