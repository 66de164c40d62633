"""Names from elsewhere: what scikeras, Keras' wrapper and MLPClassifier call it, and what is here.

``WRITE`` is the table: an unknown name that is known there -> what to write instead.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

#: arguments that scikeras hands to a builder that has them
SCIKERAS_ARGUMENTS = {"meta", "compile_kwargs", "params"}

_NO_NEED = "leave it out: "

WRITE: dict[str, str] = {
    # scikeras
    "build_fn": "give the function as model",
    "validation_split": "write early_stopping=True, validation_fraction=... (rows to stop by)",
    "validation_data": "write early_stopping=True, validation_fraction=... (rows to stop by, "
    "which are taken from X)",
    "validation_batch_size": _NO_NEED + "batch_size serves for validation too",
    "shuffle": _NO_NEED + "rows are shuffled in every epoch",
    "run_eagerly": "compile the model with run_eagerly=True in the function given as model",
    # keras.Model.compile and fit
    "loss_weights": _NO_NEED + "models have one output; class_weight weighs labels",
    "weighted_metrics": "write metrics=..., which are of all rows alike",
    "jit_compile": _NO_NEED + "long fits are compiled by themselves (trainer='auto')",
    "steps_per_execution": _NO_NEED + "fits are compiled by themselves (trainer='auto')",
    "auto_scale_loss": "compile the model with it in the function given as model",
    "initial_epoch": "call partial_fit, or fit with warm_start=True, to train on",
    "steps_per_epoch": "write batch_size=...; every epoch has all rows",
    "validation_steps": _NO_NEED + "all rows held out are read in every epoch",
    "validation_freq": _NO_NEED + "all rows held out are read in every epoch",
    "lr": "write optimizer__learning_rate=...",
    # keras.wrappers.SKLearnClassifier
    "model_kwargs": "write each of them as model__name=...",
    "fit_kwargs": "write each of them as a parameter: epochs=..., batch_size=..., callbacks=...",
    # sklearn.neural_network.MLPClassifier
    "max_iter": "write epochs=...",
    "solver": "write optimizer='adam' or another of Keras; none of them is lbfgs",
    "learning_rate_init": "write optimizer__learning_rate=...",
    "learning_rate": "write optimizer__learning_rate=..., a number or a schedule of Keras",
    "momentum": "write optimizer='sgd', optimizer__momentum=...",
    "nesterovs_momentum": "write optimizer='sgd', optimizer__nesterov=...",
    "beta_1": "write optimizer__beta_1=...",
    "beta_2": "write optimizer__beta_2=...",
    "epsilon": "write optimizer__epsilon=...",
    "alpha": "write optimizer='adamw', optimizer__weight_decay=..., or regularize in a backbone",
    "power_t": "write optimizer='sgd', optimizer__learning_rate=keras.optimizers.schedules...",
    "max_fun": _NO_NEED + "it is for solver='lbfgs', which Keras has not",
    "tol": "write callbacks=keras.callbacks.EarlyStopping, callbacks__min_delta=...",
}

#: what Keras' predict and evaluate take, and scikeras' predict and score
OF_PREDICT: dict[str, str] = {
    "batch_size": _NO_NEED + "batches are chosen here, and change no bit of what comes back",
    "verbose": _NO_NEED + "predictions print nothing",
    "steps": _NO_NEED + "all rows of X are predicted",
    "callbacks": _NO_NEED + "no callback hears of predictions",
    "return_dict": _NO_NEED + "score is one number; sklearn.metrics has others",
}

#: parameters of estimators that predict reads, so that they can be set after fit
READ_BY_PREDICT = ("threshold", "abstain", "abstain_label", "method", "steepness", "decoding")

#: prefixes of scikeras that route nowhere here
PREFIXES = {
    "fit": "epochs, batch_size, verbose, class_weight and callbacks are parameters themselves; "
    "keras.Model.fit takes nothing else from here",
    "predict": _NO_NEED + "predict chooses its batches itself",
    "compile": "compile the model in the function given as model; optimizer, loss and metrics are "
    "parameters themselves",
    "score": _NO_NEED + "score takes sample_weight as an argument",
}


def what_to_write(name: str, known: Iterable[str], builder: Callable | None) -> str | None:
    """What to write for an unknown name, where it is known elsewhere; else None.

    Examples
    --------
    >>> what_to_write("max_iter", ["epochs"], None)
    'write epochs=...'
    >>> what_to_write("fit__epochs", ["epochs"], None)
    'write epochs=...'
    >>> what_to_write("units", [], lambda inputs, units: inputs)
    'it is a parameter of the function given as model: write model__units=...'
    >>> what_to_write("epoch", ["epochs"], None)
    """
    prefix, _, rest = name.partition("__")
    if rest in known and prefix == "fit":
        return f"write {rest}=..."
    if rest and prefix in PREFIXES:
        return PREFIXES[prefix]
    if name in _arguments(builder):
        return f"it is a parameter of the function given as model: write model__{name}=..."
    return WRITE.get(name)


def _arguments(builder: Any) -> set[str]:
    try:
        return set(inspect.signature(builder).parameters) - {"inputs", *SCIKERAS_ARGUMENTS}
    except (TypeError, ValueError):  # None, or what fit refuses in words
        return set()
