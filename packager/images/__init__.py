"""Container images: references, registry maps, and where an image is pulled from."""
