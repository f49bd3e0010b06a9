"""The online checks: images, pull-through caches and secrets in an AWS account."""
