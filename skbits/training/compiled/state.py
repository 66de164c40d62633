"""State: the values of a Keras model -> what a program takes, and back."""

from typing import Any

from skbits.training.compiled.program import Program, State, other_variables


def pack(program: Program, model: Any) -> State:
    """Weights, other variables, metrics at their beginning, and the optimizer's state."""
    optimizer = model.optimizer
    slots = [variable.numpy() for variable in optimizer.variables]
    if optimizer.built:
        slots = program.weights.pack_slots(slots)
    else:  # it has its counter and learning rate, and nothing else
        slots += program.fresh_slots[len(slots) :]
    return [
        *program.weights.pack([variable.numpy() for variable in model.trainable_variables]),
        *[variable.numpy() for variable in other_variables(model)],
        *program.fresh_metrics,
        *slots,
    ]


def unpack(program: Program, state: State, model: Any) -> None:
    """Put the values of a state into a model."""
    weights = model.trainable_variables
    others = other_variables(model)
    if not model.optimizer.built:
        model.optimizer.build(weights)
    arrays = [value.numpy() for value in state]
    n_held, n_slots = len(program.weights.held), len(program.fresh_slots)
    first_slot = len(arrays) - n_slots
    values = [
        *program.weights.unpack(arrays[:n_held]),
        *arrays[n_held : n_held + len(others)],
        *program.weights.unpack_slots(arrays[first_slot:]),
    ]
    variables = [*weights, *others, *model.optimizer.variables]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
