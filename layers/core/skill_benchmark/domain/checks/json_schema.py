"""JSON Schema, draft 2020-12, within limits: no retrieval, no backtracking, and a bounded number of steps.

`jsonschema` evaluates; what it would do at a cost that an answer or a schema can drive up without bound is replaced in
`schema_keywords`. Here a schema is reduced to what is evaluated, and refused when it cannot be evaluated so.
"""

import functools
import json
from collections.abc import Iterator
from typing import Any, Protocol, cast

import referencing.exceptions
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from skill_benchmark.domain.checks import json_answers, patterns
from skill_benchmark.domain.checks.outcome import Finding, NotDecidedError, excerpt
from skill_benchmark.domain.checks.schema_keywords import BoundedValidator, Enumeration, StepsSpentError, step_limit
from skill_benchmark.domain.text import preview

MAX_ALTERNATIVES = 2_000
"""Schemas that apply to one value of the answer at once, counted as often as they are referred to."""
MAX_REFERENCE_DEPTH = 24
"""Schemas within schemas that apply to the same value."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ONE_SCHEMA = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
_LISTS_OF_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED_SCHEMAS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
_ASSERTIONS = (
    "$ref", "$anchor", "const", "dependentRequired", "exclusiveMaximum", "exclusiveMinimum", "maxContains",
    "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties",
    "minimum", "multipleOf", "pattern", "required", "type", "uniqueItems",
)  # fmt: skip
_REFUSED = {
    "unevaluatedProperties": "list the properties and use `additionalProperties`",
    "unevaluatedItems": "use `prefixItems` with `items`",
    "$dynamicRef": "use `$ref`",
    "$dynamicAnchor": "use `$anchor`",
    "$recursiveRef": "use `$ref`",
    "dependencies": "use `dependentRequired` or `dependentSchemas`",
    "additionalItems": "use `prefixItems` with `items`",
}

_META_SCHEMA = Draft202012Validator(Draft202012Validator.META_SCHEMA, registry=Registry())


class _Evaluates(Protocol):
    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...


def finding(document: dict[str, Any], answer: str) -> Finding:
    """Whether the answer is JSON that the schema describes. Raises NotDecidedError."""
    try:
        value = json_answers.value_of(answer)
    except json_answers.NotJsonError as reason:
        return Finding(passed=False, detail=f"the answer {reason}")
    try:
        with step_limit():
            error = next(compiled(document).iter_errors(value), None)
            # The message is made here, inside the limit, because it can quote.
            detail = f"{error.json_path}: {error.message}" if error else "the answer is JSON that fits the schema"
    except (StepsSpentError, patterns.TooManyStepsError):
        raise NotDecidedError("the schema takes too many steps on this answer") from None
    except RecursionError:
        raise NotDecidedError("schema and answer together are nested too deep") from None
    return Finding(passed=error is None, detail=detail)


def compiled(document: dict[str, Any]) -> _Evaluates:
    """The schema, ready to be asked. Raises ValueError naming the place in it, what is wrong and the way out."""
    # A schema is asked of every answer of a case; its text is its identity, because a dict has no hash.
    return _compiled(json.dumps(document))


@functools.lru_cache(maxsize=32)
def _compiled(text: str) -> _Evaluates:
    document = json.loads(text)
    # Taken off the root: `jsonschema` would switch from our keywords to its own at every schema that names a dialect.
    if document.pop("$schema", _DIALECT) not in (_DIALECT, f"{_DIALECT}#"):
        raise ValueError(f"/$schema: only draft 2020-12 is known; leave it out or write {_DIALECT}")
    document.pop("$id", None)
    # Not `check_schema`, which would try patterns with Python's `re`, and whose errors do not look into alternatives.
    error = best_match(_META_SCHEMA.iter_errors(document))
    if error is not None:
        raise ValueError(_explained(error))
    return _Schema(document).validator


def _explained(error: ValidationError) -> str:
    while error.context:  # of alternatives, none of which fits, the first is the plain one
        error = error.context[0]
    path = "/".join(["", *map(str, error.absolute_path)]) or "/"
    rule = preview(f"{error.validator}: {error.validator_value!r}", 120)
    return f"{path}: is not JSON Schema: {preview(repr(error.instance), 40)} does not fit {rule}"


class _Schema:
    """The evaluated part of a schema that is known to be one."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._in_place: dict[int, list[Any]] = {}
        """For each schema the schemas that it applies to the same value."""
        self._references: list[tuple[str, dict[str, Any]]] = []
        root = self._reduced(document, "")
        resource: Resource[Any] = Resource.from_contents(root, default_specification=DRAFT202012)
        registry: Registry[Any] = Registry()  # retrieves nothing
        self._resolver = registry.resolver_with_root(resource)
        for path, schema in self._references:
            self._in_place[id(schema)].append(self._target(path, schema["$ref"]))
        costs: dict[int, tuple[int, int]] = {}
        for identity in self._in_place:
            self._bounded(identity, costs, ())
        self.validator = cast("_Evaluates", BoundedValidator(root, registry=registry))

    def _reduced(self, schema: Any, path: str) -> Any:
        """Only known keywords, so that no step is spent on others and no `$ref` finds a schema among them."""
        if isinstance(schema, bool):
            return schema
        self._refuse(schema, path)
        kept: dict[str, Any] = {}
        for keyword, value in schema.items():
            where = f"{path}/{keyword}"
            if keyword in _ONE_SCHEMA:
                kept[keyword] = self._reduced(value, where)
            elif keyword in _LISTS_OF_SCHEMAS:
                kept[keyword] = json_answers.JsonArray(
                    self._reduced(each, f"{where}/{index}") for index, each in enumerate(value)
                )
            elif keyword in _NAMED_SCHEMAS:
                kept[keyword] = json_answers.JsonObject(
                    (name, self._reduced(each, f"{where}/{name}")) for name, each in value.items()
                )
            elif keyword == "enum":
                kept[keyword] = Enumeration(value)
            elif keyword in _ASSERTIONS:
                kept[keyword] = json_answers.briefly_quoted(value)
        for source in [*kept.get("patternProperties", ()), *([kept["pattern"]] if "pattern" in kept else ())]:
            _must_be_safe(source, path)
        reduced = json_answers.JsonObject(kept)
        self._in_place[id(reduced)] = _applied_in_place(reduced)
        if "$ref" in reduced:
            self._references.append((path, reduced))
        return reduced

    def _refuse(self, schema: dict[str, Any], path: str) -> None:
        for keyword, instead in _REFUSED.items():
            if keyword in schema:
                raise ValueError(f"{path}/{keyword}: is not evaluated here; {instead}")
        for keyword in ("$id", "$schema"):
            if keyword in schema:
                raise ValueError(f"{path}/{keyword}: only the root may have one; refer to parts with `#/$defs/…`")

    def _target(self, path: str, reference: str) -> Any:
        if not reference.startswith("#"):
            raise ValueError(
                f"{path}/$ref: {excerpt(reference)} is outside the schema, and nothing is fetched; "
                "copy it into `$defs` and refer to `#/$defs/…`"
            )
        try:
            found = self._resolver.lookup(reference).contents
        except referencing.exceptions.Unresolvable:
            found = None
        if not isinstance(found, bool) and id(found) not in self._in_place:
            raise ValueError(f"{path}/$ref: there is no schema at {excerpt(reference)}; put it in `$defs`")
        return found

    def _bounded(self, identity: int, costs: dict[int, tuple[int, int]], above: tuple[int, ...]) -> tuple[int, int]:
        """How many schemas one value meets from this schema on, and how deep they are within one another."""
        if identity in costs:
            return costs[identity]
        if identity in above:
            raise ValueError("a `$ref` leads back to itself without going into the answer; it would never end")
        if len(above) > MAX_REFERENCE_DEPTH:
            raise ValueError(f"more than {MAX_REFERENCE_DEPTH} schemas within one another for one value; flatten them")
        count, depth = 1, 0
        for schema in self._in_place[identity]:
            if not isinstance(schema, bool):
                inner = self._bounded(id(schema), costs, (*above, identity))
                count, depth = count + inner[0], max(depth, inner[1] + 1)
        if count > MAX_ALTERNATIVES or depth > MAX_REFERENCE_DEPTH:
            raise ValueError(
                f"one value would meet more than {MAX_ALTERNATIVES} schemas, or {MAX_REFERENCE_DEPTH} within one "
                "another, by `$ref`, `allOf`, `anyOf` and the like; simplify it"
            )
        costs[identity] = (count, depth)
        return costs[identity]


def _applied_in_place(schema: dict[str, Any]) -> list[Any]:
    return [
        *(schema[keyword] for keyword in ("not", "if", "then", "else") if keyword in schema),
        *(each for keyword in ("allOf", "anyOf", "oneOf") for each in schema.get(keyword, ())),
        *schema.get("dependentSchemas", {}).values(),
    ]


def _must_be_safe(source: str, path: str) -> None:
    try:
        patterns.compiled(source)
    except ValueError as reason:
        raise ValueError(f"{path or '/'}: the pattern {excerpt(source)} {reason}") from None
