"""Rules about the parameter template and the parameters of a run. Importing this package registers them."""

from packager.rules.parameters import run_parameters, template, values

__all__ = ["run_parameters", "template", "values"]
