"""Each function: its name, its environment, its world."""

import json

import pytest

from skill_benchmark.settings import (
    AdmissionSettings,
    ApiSettings,
    DatabaseSettings,
    MigrateSettings,
    ModelApiSettings,
    OwnerSettings,
    PreviewSettings,
    RecordsSettings,
    RetentionSettings,
    Settings,
    StartRunSettings,
    WorkflowSettings,
)
from tests.unit.template.deployed import API_KEY, ROOT, STACK, Stack

SETTINGS: dict[str, list[type[Settings]]] = {
    "start_run": [RecordsSettings, DatabaseSettings, WorkflowSettings, StartRunSettings, ApiSettings],
    "prepare_run": [RecordsSettings, PreviewSettings],
    "check_models": [ModelApiSettings],
    "admit_run": [DatabaseSettings, WorkflowSettings, AdmissionSettings],
    "reconcile": [RecordsSettings, DatabaseSettings, WorkflowSettings, AdmissionSettings],
    "call_model": [RecordsSettings, ModelApiSettings, PreviewSettings],
    "judge_answer": [RecordsSettings, ModelApiSettings, PreviewSettings],
    "write_results": [RecordsSettings, DatabaseSettings],
    "complete_run": [DatabaseSettings],
    "read_api": [DatabaseSettings, WorkflowSettings, ApiSettings],
    "migrate": [MigrateSettings],
    "erase_data": [RecordsSettings, OwnerSettings],
    "expire_results": [OwnerSettings, RetentionSettings],
}
OF_EVERY_FUNCTION = {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}

WITH_MODELS = {"check_models", "call_model", "judge_answer"}
OF_THE_OWNER = {"erase_data", "expire_results"}
WITH_DATABASE = {
    "start_run",
    "admit_run",
    "write_results",
    "complete_run",
    "reconcile",
    "read_api",
    "migrate",
    *OF_THE_OWNER,
}
IN_THE_NETWORK = {*WITH_DATABASE, "prepare_run"}


def test_every_folder_of_functions_is_deployed_and_nothing_else_is(stack: Stack) -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert set(stack.functions) == folders == WITH_MODELS | IN_THE_NETWORK


def test_a_folder_a_resource_and_a_function_have_one_name(stack: Stack) -> None:
    for logical_id, resource in stack.of_type("AWS::Lambda::Function").items():
        folder = resource["Properties"]["Code"]["S3Key"].removeprefix("functions/")
        assert logical_id == folder.title().replace("_", "") + "Function"
        assert stack.functions[folder].name == f"{STACK}-{folder.replace('_', '-')}"


@pytest.mark.parametrize("folder", SETTINGS)
def test_the_environment_holds_what_the_settings_read_and_no_more(stack: Stack, folder: str) -> None:
    read = {field.upper() for settings in SETTINGS[folder] for field in settings.model_fields}
    assert set(stack.functions[folder].environment) == read | OF_EVERY_FUNCTION


@pytest.mark.parametrize("folder", SETTINGS)
def test_the_settings_are_valid_with_the_environment(stack: Stack, folder: str) -> None:
    variables = {name.lower(): value for name, value in stack.functions[folder].environment.items()}
    for settings in SETTINGS[folder]:
        settings.model_validate(variables)


def test_variables_point_at_the_resources_that_they_name(stack: Stack) -> None:
    expected = {
        "RECORDS_BUCKET": stack.bucket,
        "STATE_MACHINE_ARN": stack.state_machine_arn,
        "MODEL_API_KEY_SECRET_ARN": stack.secrets["ModelApiKeySecretArn"],
        "DATABASE_SECRET_ARN": stack.secrets["DatabaseSecretArn"],
        "DATABASE_OWNER_SECRET_ARN": stack.secrets["DatabaseOwnerSecretArn"],
    }
    for function in stack.functions.values():
        for name in expected.keys() & function.environment.keys():
            assert function.environment[name] == expected[name], function.name


def test_no_environment_holds_a_secret(stack: Stack) -> None:
    for logical_id, resource in stack.of_type("AWS::Lambda::Function").items():
        variables = resource["Properties"]["Environment"]["Variables"]
        assert "resolve:" not in str(variables), f"{logical_id}: a dynamic reference puts the secret itself there"
    for function in stack.functions.values():
        assert API_KEY not in function.environment.values()
        for name, value in function.environment.items():
            if any(word in name for word in ("SECRET", "KEY", "PASSWORD", "TOKEN")):
                assert name.endswith("_ARN"), name
                assert value.startswith("arn:aws:secretsmanager:")


def test_all_functions_run_alike(stack: Stack) -> None:
    for logical_id, resource in stack.of_type("AWS::Lambda::Function").items():
        properties = resource["Properties"]
        assert properties["Runtime"] == "python3.13", logical_id
        assert properties["Architectures"] == ["arm64"], logical_id
        assert properties["Handler"] == "app.lambda_handler", logical_id
        assert properties["TracingConfig"] == {"Mode": "Active"}, logical_id
        assert properties["LoggingConfig"]["LogFormat"] == "JSON", logical_id
        assert properties["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionsLogGroup"}, logical_id


def test_only_the_functions_of_the_database_are_in_its_network(stack: Stack) -> None:
    in_network = {
        resource["Properties"]["Code"]["S3Key"].removeprefix("functions/")
        for resource in stack.of_type("AWS::Lambda::Function").values()
        if "VpcConfig" in resource["Properties"]
    }
    assert in_network == IN_THE_NETWORK


def test_a_function_ships_the_libraries_of_its_world_only(stack: Stack) -> None:
    shipped = {
        resource["Properties"]["Code"]["S3Key"].removeprefix("functions/"): {
            # SAM adds a hash to the name of a layer.
            layer["Ref"].partition("Layer")[0]
            for layer in resource["Properties"]["Layers"]
        }
        for resource in stack.of_type("AWS::Lambda::Function").values()
    }
    assert {folder for folder, layers in shipped.items() if "ModelClient" in layers} == WITH_MODELS
    assert {folder for folder, layers in shipped.items() if "Database" in layers} == WITH_DATABASE
    assert all("Core" in layers for layers in shipped.values())
    assert "Migrations" in shipped["migrate"]
    assert "Statistics" in shipped["complete_run"]
    assert {folder for folder, layers in shipped.items() if "S3Reads" in layers} == {"write_results"}


def test_no_concurrency_is_reserved_unless_it_is_asked_for(stack: Stack) -> None:
    """A new account has ten places and must keep a hundred unreserved: the first deployment would fail."""
    assert {function.reserved_concurrency for function in stack.functions.values()} == {None}
    reserved = {
        name: resource["Properties"]["ReservedConcurrentExecutions"]
        for name, resource in stack.of_type("AWS::Lambda::Function").items()
        if "ReservedConcurrentExecutions" in resource["Properties"]
    }
    asked = {"Fn::If": ["ReservesModelCallConcurrency", {"Ref": "ModelCallConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert reserved == {"CallModelFunction": asked, "JudgeAnswerFunction": asked}
    assert stack.template["Parameters"]["ReserveModelCallConcurrency"]["Default"] == "false"


def test_an_event_that_a_function_failed_on_is_kept(stack: Stack) -> None:
    """API Gateway and Step Functions see a failure themselves; EventBridge and the scheduler do not."""
    kept = {
        resource["Properties"]["FunctionName"]["Ref"]: resource["Properties"]["DestinationConfig"]["OnFailure"]
        for resource in stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    queue = {"Destination": {"Fn::GetAtt": ["LostEventsQueue", "Arn"]}}
    assert kept == {"StartRunFunction": queue, "ReconcileFunction": queue, "ExpireResultsFunction": queue}


def test_the_workflow_uses_versions_that_stay_and_that_a_changed_parameter_publishes_too(stack: Stack) -> None:
    """SAM does not see the value of a parameter; a version whose description has it is replaced with it."""
    versions = stack.of_type("AWS::Lambda::Version")
    substitutions = stack.resources["BenchmarkRunStateMachine"]["Properties"]["DefinitionSubstitutions"]
    # Places are shared out between the executions of all releases, by the newest.
    newest = {"AdmitRunFunctionArn": {"Fn::GetAtt": ["AdmitRunFunction", "Arn"]}}
    assert {name: substitutions[name] for name in newest} == newest
    functions = {name for name in substitutions if name.endswith("FunctionArn")} - set(newest)
    used = {name: substitutions[name]["Ref"] for name in functions}
    assert set(used.values()) == set(versions)
    for name, version in versions.items():
        assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain", name
        function = stack.resources[version["Properties"]["FunctionName"]["Ref"]]["Properties"]
        described = json.dumps(version["Properties"]["Description"])
        for parameter in parameters_of(function["Environment"]["Variables"]) - OF_ALL_VERSIONS:
            assert parameter in described, f"{name}: a change of {parameter} publishes no version"


# Those are conditions of secrets, whose parameters are described.
OF_ALL_VERSIONS = {"RecordsBucket", "DatabaseSecret", "BenchmarkRunStateMachine"}


def parameters_of(value: object) -> set[str]:
    match value:
        case {"Ref": str(name)}:
            return {name} if not name.startswith("AWS::") else set()
        case dict():
            return set().union(*map(parameters_of, value.values()))
        case list():
            return set().union(*map(parameters_of, value))
    return set()
