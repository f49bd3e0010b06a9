"""The profiles of a Nextflow pipeline and the template of each (API: GetWorkflowResponse, `profileParameterTemplates`)."""

from __future__ import annotations

import posixpath
from typing import Any

from packager.healthomics import api_model
from packager.model.facts import Workflow
from packager.source import SourceTree

_CONFIG = "nextflow.config"
Template = dict[str, Any]


def profile_members(tree: SourceTree, workflow: Workflow, template: Template | None) -> dict[str, Any]:
    """`profiles` and `profileParameterTemplates` of a pipeline; nothing where it has no profiles.

    A profile's template is the workflow's, in which what the profile gives a value is optional, and what it alone
    declares is added. The page does not say how the service makes it: this is the reading that follows from a
    profile's values being defaults.
    """
    names = list(dict.fromkeys(one.text for one in workflow.features if one.name == "profile"))
    names = names[: api_model.shape("WorkflowProfileList").get("max", len(names))]
    if not names:
        return {}
    templates = {name: made for name in names if (made := _template(tree, workflow.main, name, template or {}))}
    return {"profiles": names, **({"profileParameterTemplates": templates} if templates else {})}


def _template(tree: SourceTree, main: str, profile: str, template: Template) -> Template:
    from packager.engines.nextflow.config_reader import read_settings  # noqa: PLC0415 - only for pipelines
    from packager.engines.nextflow.sources import PipelineSources  # noqa: PLC0415 - as above

    config = posixpath.join(posixpath.dirname(main), _CONFIG)
    settings = read_settings(PipelineSources(tree), config, (profile,))
    made = dict(template)
    for name, setting in settings.param_settings.items():
        if setting.profile == profile:
            description = template.get(name, {}).get("description", "")
            made[name] = {"description": description, "optional": True}
    return dict(sorted(made.items()))
