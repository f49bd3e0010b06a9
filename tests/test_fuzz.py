"""A few inputs of every fuzzed reader, and those that once broke a law; `make fuzz` makes more."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("resource", reason="the fuzzer forks")

from fuzz.targets import targets

# How many inputs are made anew here: workflows are dear.
FEW, MANY = 3, 60
DEAR = ("wdl", "nextflow", "cwl", "nextflow-schema", "zip")
# Inputs that once broke a law, by target; `python tests/fuzz --input TARGET:NUMBER` shows one.
FOUND = {"cwl": (1262, 1408, 100239), "zip": (107827,)}


@pytest.mark.parametrize("name", targets())
def test_laws_hold(name: str) -> None:
    target = targets()[name]
    numbers = (*FOUND.get(name, ()), *range(FEW if name in DEAR else MANY))
    for number in numbers:
        random = Random(f"{name}:{number}")
        seed, content = random.choice(target.seeds)
        target.check(random, seed, target.mutate(random, content))


@pytest.mark.parametrize("name", targets())
def test_an_input_depends_on_its_number_alone(name: str) -> None:
    target = targets()[name]
    first, again = (target.mutate(Random(7), target.seeds[0][1]) for _ in range(2))
    assert first == again


def test_a_broken_law_is_noticed() -> None:
    from fuzz.laws import BrokenLawError, require

    with pytest.raises(BrokenLawError, match="a law"):
        require([], "a law")
