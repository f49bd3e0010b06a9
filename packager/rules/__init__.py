"""The lint rules, one package or module per family, and their registry. Importing this package registers them all."""

from packager.rules import archive, cwl, images, maps, nextflow, parameters, request, resources, security, wdl
from packager.rules.facts import ArchiveFacts, Facts
from packager.rules.rule import RULES, Rule, RuleFinding, Subject

__all__ = [
    "RULES",
    "ArchiveFacts",
    "Facts",
    "Rule",
    "RuleFinding",
    "Subject",
    "archive",
    "cwl",
    "images",
    "maps",
    "nextflow",
    "parameters",
    "request",
    "resources",
    "security",
    "wdl",
]
