"""The report on workflows, and the difference between two versions, as one HTML page that needs no network, script or other file."""

from packager.render.page.difference import diff_page
from packager.render.page.document import MOST_BYTES, report_page
from packager.render.page.model import ReportedWorkflow
from packager.render.page.report_json import workflows_json

__all__ = ["MOST_BYTES", "ReportedWorkflow", "diff_page", "report_page", "workflows_json"]
