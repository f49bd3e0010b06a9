"""Rules about the container registry map. Importing this package registers them."""

from packager.rules.maps import account, image_mappings, registry_map, registry_mappings

__all__ = ["account", "image_mappings", "registry_map", "registry_mappings"]
