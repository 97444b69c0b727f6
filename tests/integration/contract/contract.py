"""One service held against its own document by schemathesis: what was tried, and what did not hold."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.engine import events, from_schema

# The same cases every time. The check of `Allow` is left out: where /orders/history fits /orders/<order_id>
# as well, Flask names the methods of both.
SETTINGS = """
seed = 1
[generation]
deterministic = true
max-examples = {examples}
[checks]
allow_header_conformance.enabled = false
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 412, 413, 415, 422]
"""

# Schemathesis would make addresses under .test and .invalid, which nobody can have.
ADDRESSES = st.from_regex(r"[a-z0-9]{1,30}@[a-z]{1,20}\.example\.com", fullmatch=True)
schemathesis.openapi.format("email", ADDRESSES)

# What JSON Schema cannot say. (To it, 3.0 is an integer.)
BEYOND_SCHEMAS = {
    "Input should be a valid integer",
    "This is not after `from`.",
    "Name each product once, with its quantity.",
    "This address has letters that not every mail server takes: use ASCII.",
}


@dataclass
class Findings:
    cases: int = 0
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def settings(examples: int, token: str = "") -> schemathesis.Config:
    config = schemathesis.Config.from_str(SETTINGS.format(examples=examples))
    if token:
        config.projects.default.update(headers={"Authorization": f"Bearer {token}"})
    return config


def examine(schema: schemathesis.BaseSchema) -> Findings:
    """Try the examples, edge cases, random cases and sequences of calls."""
    schema.hook(filter_failure)
    findings = Findings()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(event, findings)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            findings.failures.append(repr(event))
    return findings


def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """False for what is no failure: a request of the right form that was refused for another reason."""
    if failure.title != "Schema-valid request rejected":
        return True
    error = response.json()["error"]
    is_domain_error = response.status_code in (412, 422) and error["code"] != "validation_failed"
    return not is_domain_error and not BEYOND_SCHEMAS & set(error.get("fields", {}).values())


def _note(event: events.ScenarioFinished, findings: Findings) -> None:
    recorder = event.recorder
    findings.cases += len(recorder.cases)
    for case_id, interaction in recorder.interactions.items():
        if interaction.response is not None:
            label = recorder.cases[case_id].value.operation.label
            findings.statuses[label, interaction.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                request = recorder.cases[case_id].value.as_curl_command()
                failure = check.failure_info.failure
                findings.failures.append(f"{event.phase} {failure.title}: {failure.message} {request}")
