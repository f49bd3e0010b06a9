"""The report on workflows as one HTML page that needs nothing else: no network, no script, no other file."""

from packager.render.page.document import MOST_BYTES, report_page
from packager.render.page.model import ReportedWorkflow
from packager.render.page.report_json import workflows_json

__all__ = ["MOST_BYTES", "ReportedWorkflow", "report_page", "workflows_json"]
