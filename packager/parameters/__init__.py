"""Parameters of a workflow: the template, and the parameters of a run."""
