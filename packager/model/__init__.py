"""The facts about a workflow, the same for every engine."""
