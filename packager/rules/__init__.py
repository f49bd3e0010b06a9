"""The lint rules, grouped by subject, and their registry. Importing this package registers them all."""

from packager.rules import (
    archives,
    cwl,
    images,
    map_images,
    map_registries,
    maps,
    nextflow,
    requests,
    resources,
    storage,
    templates,
    wdl,
)
from packager.rules.facts import ArchiveFacts, Facts
from packager.rules.registry import RULES, Found, Rule, Subject

__all__ = [
    "RULES",
    "ArchiveFacts",
    "Facts",
    "Found",
    "Rule",
    "Subject",
    "archives",
    "cwl",
    "images",
    "map_images",
    "map_registries",
    "maps",
    "nextflow",
    "requests",
    "resources",
    "storage",
    "templates",
    "wdl",
]
