"""The container registry map: read and validated with places, and applied to images."""

from packager.images.registry_map.model import ImageMapping, RegistryMap, RegistryMapping
from packager.images.registry_map.reading import read
from packager.images.registry_map.resolution import Resolution, Status, resolve

FILE_NAME = "container-registry-map.json"

__all__ = [
    "FILE_NAME",
    "ImageMapping",
    "RegistryMap",
    "RegistryMapping",
    "Resolution",
    "Status",
    "read",
    "resolve",
]
