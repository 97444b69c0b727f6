"""A verification as JUnit's XML, which CI shows as tests; what is not checked is a skipped one."""

from pathlib import Path
from xml.etree import ElementTree

from proof.verify.report import Report
from stackctl.errors import StackError

_MOST_FINDINGS = 20


def require_writable(path: Path) -> None:
    """Say so before the work, not after it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise StackError(f"{path} cannot be written.", "--junit names a file in a folder that exists.")


def write(report: Report, path: Path) -> None:
    path.write_bytes(ElementTree.tostring(suite(report), encoding="utf-8", xml_declaration=True))


def suite(report: Report) -> ElementTree.Element:
    cases = len(report.checks) + len(report.not_checked)
    failures = sum(not check.ok for check in report.checks)
    counts = {"tests": cases, "failures": failures, "errors": 0, "skipped": len(report.not_checked)}
    attributes = {"name": "./stack verify", **{name: str(count) for name, count in counts.items()}}
    root = ElementTree.Element("testsuite", attributes)
    told_of = f"verify.{report.app or 'shop'}"
    for check in report.checks:
        case = ElementTree.SubElement(
            root, "testcase", classname=f"{told_of}.{check.signal}", name=check.name, time="0"
        )
        if not check.ok:
            message = f"{check.missing} missing, {check.duplicated} too many, of {check.expected} expected"
            failure = ElementTree.SubElement(case, "failure", message=message)
            failure.text = _printable(
                "\n".join(
                    f"{finding.defect}: {finding.subject}: {finding.detail}\n  {finding.query}"
                    for finding in check.findings[:_MOST_FINDINGS]
                )
            )
    for one in report.not_checked:
        case = ElementTree.SubElement(
            root, "testcase", classname=f"{told_of}.{one.signal}", name=one.name, time="0"
        )
        ElementTree.SubElement(case, "skipped", message=f"not checked: {_printable(one.reason)}")
    return root


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
