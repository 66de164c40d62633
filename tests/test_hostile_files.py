"""Files made to harm, or harmed: an error in words, and nothing that they hold is run."""

import inspect
import io
import json
import pickle
import sys
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest
from small_fits import BITS, FAST, X

from skbits import BitVectorClassifier, TunedThresholdsCV, load
from skbits.files.archive import _SUM, Archive, _sum_of, write_archive
from skbits.files.keras_names import OPERATIONS


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    """The entries of a file as it should be."""
    path = tmp_path_factory.mktemp("files") / "it.skbits"
    tuned = TunedThresholdsCV(BitVectorClassifier(**FAST), cv=2, min_positives=0)
    tuned.fit(X, BITS).save(path)
    assert load(path).predict(X).shape == BITS.shape
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def load_forged(path, entries):
    write_archive(path, entries)
    return load(path)


class Harm:
    """What an unpickled file would run."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


def pickled(marker):
    file = io.BytesIO()
    np.save(file, np.array([Harm(marker)], dtype=object), allow_pickle=True)
    return file.getvalue()


def npy(header):
    """An .npy file with a header that promises what is not there."""
    text = repr(header).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


# ---------------------------------------------------------------------------------- accidents


def test_every_cut_and_every_flipped_byte_is_found(tmp_path, entries):
    small = {name: entries[name] for name in ("metadata.json", "estimator.json")}
    write_archive(tmp_path / "it", small)
    data = (tmp_path / "it").read_bytes()
    step = max(1, len(data) // 300)
    for at in [*range(0, len(data), step), *range(len(data) - 100, len(data))]:
        flipped = bytearray(data)
        flipped[at] ^= 0x20
        for damaged in (data[:at], bytes(flipped), data[at + 1 :]):
            (tmp_path / "it").write_bytes(damaged)
            with pytest.raises(ValueError, match=r"it is damaged|no file that skbits wrote"):
                Archive(tmp_path / "it")


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"x" * 1000, pickle.dumps({}), b"PK\x03\x04" + b"0" * 500]
)
def test_other_files(data, tmp_path):
    (tmp_path / "it").write_bytes(data)
    with pytest.raises(ValueError, match=r"path='.*it' cannot be loaded: it is .*save method"):
        load(tmp_path / "it")


# ------------------------------------------------------------------------------------ archives


def with_sum(write):
    """Bytes of a zip that ``write`` fills, with the sum that it should have."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that are there twice
            write(archive)
        archive.comment = b"0" * _SUM
    digest = _sum_of(file)
    file.seek(-_SUM, io.SEEK_END)
    file.write(digest)
    return file.getvalue()


def _twice(archive):
    archive.writestr("metadata.json", "{}")
    archive.writestr("metadata.json", "{}")


ARCHIVES = {
    "escapes its folder": (
        lambda archive: archive.writestr("../../evil.json", "{}"),
        "it holds '../../evil.json', which skbits does not write",
    ),
    "an absolute path": (lambda a: a.writestr("/etc/evil", "{}"), "holds '/etc/evil'"),
    "another name": (lambda a: a.writestr("arrays/0.npy.sh", "{}"), "which skbits does not write"),
    "a name twice": (_twice, "it holds 'metadata.json' twice"),
    "a bomb": (
        lambda a: a.writestr("arrays/0.npy", b"\0" * 10**7, compress_type=zipfile.ZIP_DEFLATED),
        "its part 'arrays/0.npy' is compressed, which skbits does not do",
    ),
    "nothing": (lambda archive: None, "it lacks its part 'metadata.json'"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives(name, tmp_path):
    write, message = ARCHIVES[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "it").write_bytes(with_sum(write))
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "in" / "it")
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "it"]


def test_an_archive_whose_parts_overlap(tmp_path, entries):
    def write(archive):
        archive.writestr("arrays/0.npy", b"\0" * 10**5)
        info = archive.infolist()[0]
        for number in range(1, 200):
            twin = zipfile.ZipInfo(f"arrays/{number}.npy")
            twin.header_offset, twin.CRC = info.header_offset, info.CRC
            twin.file_size = twin.compress_size = info.file_size
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin

    (tmp_path / "it").write_bytes(with_sum(write))
    with pytest.raises(
        ValueError, match="cannot be loaded: (its parts overlap|Overlapped entries)"
    ):
        load(tmp_path / "it")


# --------------------------------------------------------------------------------- estimators


def _tree(change):
    """A change of estimator.json, by a function of its content."""

    def apply(entries, tmp_path):
        tree = json.loads(entries["estimator.json"])
        tree = change(tree) or tree
        return {**entries, "estimator.json": json.dumps(tree).encode()}

    return apply


def _text(name, text):
    return lambda entries, tmp_path: {**entries, name: text.encode()}


def _metadata(**changes):
    def apply(entries, tmp_path):
        metadata = {**json.loads(entries["metadata.json"]), **changes}
        return {**entries, "metadata.json": json.dumps(metadata).encode()}

    return apply


def _array(make):
    """A file in which the first array is another one."""

    def apply(entries, tmp_path):
        name = next(name for name in entries if name.startswith("arrays/"))
        return {**entries, name: make(tmp_path)}

    return apply


def _object(name, **attributes):
    return {"object": {"class": name, "attributes": attributes}}


def _metric(name, **config):
    held = {"module": "keras.metrics", "class_name": name, "config": config}
    return {"keras": {"config": {**held, "registered_name": None}}}


def _set(tree, name, value):
    tree["object"]["attributes"][name] = value


ESTIMATORS = {
    "another class": (
        _tree(lambda tree: _object("subprocess.Popen", args="true")),
        "it names the class 'subprocess.Popen', which may not appear in a file",
    ),
    "a class that only looks right": (
        _tree(lambda tree: _object("skbits.estimators._base.KerasClassifier")),
        "which may not appear",
    ),
    "a function": (_tree(lambda tree: {"name": "os.system"}), "it names the function 'os.system'"),
    "a function of Python": (_tree(lambda tree: {"name": "builtins.eval"}), "may not appear"),
    "a dunder": (
        _tree(lambda tree: _object("skbits.estimators.BinaryClassifier", __class__="x")),
        "it sets '__class__'",
    ),
    "a method": (
        _tree(lambda tree: _set(tree, "predict", {"name": "builtins.list"})),
        "it sets 'predict', which is no attribute but a part of the class",
    ),
    "no estimator": (_tree(lambda tree: {"tuple": [1, 2]}), "it holds a tuple where an estimator"),
    "a kind that there is not": (_tree(lambda tree: {"pickle": "x"}), "of the kind 'pickle'"),
    "two kinds": (_tree(lambda tree: {"tuple": [], "set": []}), "a value of no kind"),
    "a number of an object": (_tree(lambda tree: {"seen": 99}), "cannot be loaded: "),
    "an entry that is none": (_tree(lambda tree: {"array": "../x"}), "where a number of an entry"),
    "an array that is missing": (_tree(lambda tree: {"array": 99}), "lacks its part"),
    "a function of Keras": (
        _tree(lambda tree: {"keras": {"name": ["utils", "get_file"]}}),
        "it names 'keras.utils.get_file', which may not appear in a file",
    ),
    "a callback that writes": (
        _tree(lambda tree: {"keras": {"name": ["callbacks", "ModelCheckpoint"]}}),
        "may not appear",
    ),
    "what makes objects of Keras": (
        _tree(lambda tree: {"keras": {"name": ["layers", "deserialize"]}}),
        "it names 'keras.layers.deserialize', which may not appear in a file",
    ),
    "a callback of another release": (
        _tree(lambda tree: {"keras": {"name": ["callbacks", "OrbaxCheckpoint"]}}),
        "may not appear",
    ),
    "a configuration as a parameter": (
        _tree(lambda tree: _set(tree, "loss", {"dict": {"module": "os", "class_name": "system"}})),
        "its model names 'os.system'",
    ),
    "one array many times": (
        _tree(lambda tree: _set(tree, "cv", {"tuple": [{"array": 0}, {"array": 0}]})),
        "it lacks its part 'arrays/0.npy'",
    ),
    "a private name of Keras": (
        _tree(lambda tree: {"keras": {"name": ["losses", "__loader__"]}}),
        "may not appear",
    ),
    "deep": (_text("estimator.json", "[" * 100_000), "cannot be loaded: "),
    "an endless number": (_text("estimator.json", "1" * 100_000), "cannot be loaded: "),
    "a metric with long lists": (
        _tree(lambda tree: _set(tree, "cv", _metric("AUC", num_thresholds=10**9))),
        "it describes would take far more memory than the file itself",
    ),
    "a metric with large variables": (
        _tree(lambda tree: _set(tree, "cv", _metric("MeanIoU", num_classes=10**4))),
        "it describes would take far more memory than the file itself",
    ),
    "many metrics": (
        _tree(
            lambda tree: _set(
                tree, "cv", {"tuple": [_metric("AUC", num_thresholds=10**5) for _ in range(11)]}
            )
        ),
        "it describes would take far more memory than the file itself",
    ),
    "not JSON": (_text("estimator.json", "{"), "cannot be loaded: "),
    "not a number": (_text("estimator.json", "NaN"), "NaN, which is no JSON"),
    "no metadata": (_text("metadata.json", "[]"), "cannot be loaded: "),
    "a newer format": (
        _metadata(format=2, skbits="9.9"),
        r"it has format 2 and was written by skbits 9.9; skbits .* reads up to format 1. Install",
    ),
    "no format": (_metadata(format="1"), "it has format 1 "),
    "a pickle": (_array(lambda folder: pickled(folder / "harm")), "an array of dtype object"),
    "a bare pickle": (_array(lambda folder: pickle.dumps(Harm(folder / "harm"))), "cannot be"),
    "an array that is a bomb": (
        _array(lambda _: npy({"descr": "<f8", "fortran_order": False, "shape": (10**12,)})),
        "claims 8000000000000 bytes",
    ),
    "an array of texts of no length": (
        _array(lambda _: npy({"descr": "<U0", "fortran_order": False, "shape": (10**9,)})),
        "an array of dtype <U0",
    ),
    "an array that is negative": (
        _array(lambda _: npy({"descr": "<f8", "fortran_order": False, "shape": (-1,)})),
        "cannot be loaded",
    ),
    "an array of records": (
        _array(lambda _: npy({"descr": [("a", "O")], "fortran_order": False, "shape": (0,)})),
        "an array of dtype",
    ),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators(name, entries, tmp_path):
    change, message = ESTIMATORS[name]
    with pytest.raises(ValueError, match=message):
        load_forged(tmp_path / "it", change(entries, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_a_file_that_was_not_changed_is_loaded(entries, tmp_path):
    """So that what the forged files have in common is no error."""
    change = _tree(lambda tree: _set(tree, "cv", {"tuple": [7]}))
    assert load_forged(tmp_path / "it", change(entries, tmp_path)).cv == (7,)


def test_what_the_pickles_hold_does_harm(tmp_path):
    pickle.loads(pickle.dumps(Harm(tmp_path / "harm"))).close()
    assert (tmp_path / "harm").exists()
    (tmp_path / "harm").unlink()
    np.load(io.BytesIO(pickled(tmp_path / "harm")), allow_pickle=True)[0].close()
    assert (tmp_path / "harm").exists()


def test_a_folder_to_unpickle_from_is_not_taken_over(entries, tmp_path):
    change = _tree(lambda tree: _set(tree, "memory", str(tmp_path)))
    assert load_forged(tmp_path / "it", change(entries, tmp_path)).memory is None


# ------------------------------------------------------------------------------------- models


def of_model(model, change_config=None, change_values=None, more=(), change_bytes=bytes):
    """The bytes of a .keras file with another configuration or other values."""
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    if change_config is not None:
        change_config(config)
    parts["config.json"] = json.dumps(config).encode()
    if change_values is not None:
        file = io.BytesIO(parts["model.weights.h5"])
        with h5py.File(file, "r+") as values:
            change_values(values)
        parts["model.weights.h5"] = file.getvalue()
    parts["model.weights.h5"] = change_bytes(parts["model.weights.h5"])
    return zipped([*parts.items(), *more])


def zipped(parts, compression=zipfile.ZIP_STORED):
    """Bytes of a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, data in parts:
            archive.writestr(name, data)
    return made.getvalue()


def _layer(**changes):
    return lambda config: config["config"]["layers"][1].update(changes)


def _lambda(config):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = keras.layers.Lambda(lambda x: x)
        made = keras.saving.serialize_keras_object(layer)
    _layer(**made)(config)


def _dense(config):
    return next(x for x in config["config"]["layers"] if x["class_name"] == "Dense")["config"]


def _metrics():
    config = {"num_classes": 10**4, "name": "m", "dtype": "float32"}
    metric = {"module": "keras.metrics", "class_name": "MeanIoU", "config": config}
    return {"optimizer": "sgd", "loss": "mse", "metrics": [metric]}


def _activation(value):
    return lambda config: config["config"]["layers"][1]["config"].update(activation=value)


def _replaced(name, make):
    def change(values):
        del values[name]
        make(values, name)

    return change


def _of_another_file(shape, path="/etc/other.h5"):
    layout = h5py.VirtualLayout(shape, "f4")
    layout[:] = h5py.VirtualSource(path, "x", shape)
    return layout


KERNEL = "layers/dense/vars/0"
MODELS = {
    "a Lambda layer": ({"change_config": _lambda}, "its model names 'keras.layers.Lambda'"),
    "another class": (
        {"change_config": _layer(module="subprocess", class_name="Popen")},
        "its model names 'subprocess.Popen', which may not appear",
    ),
    "a function": (
        {
            "change_config": _activation(
                {"module": "os", "class_name": "function", "config": "system"}
            )
        },
        "its model names 'os.system'",
    ),
    "a function of Keras": (
        {
            "change_config": _activation(
                {"module": "keras.utils", "class_name": "function", "config": "get_file"}
            )
        },
        "its model names 'keras.utils.get_file'",
    ),
    "a lambda": (
        {"change_config": _activation({"class_name": "__lambda__", "config": {"value": "x"}})},
        "its model names 'None.__lambda__'",
    ),
    "a vocabulary in another file": (
        {"change_config": _layer(class_name="StringLookup", config={"vocabulary": "/etc/passwd"})},
        "its model names 'keras.layers.StringLookup'",
    ),
    "values that are something else": (
        {"change_bytes": lambda data: b"garbage" * 100},
        "path=.* cannot be loaded: its values are no HDF5 file",
    ),
    "values that were cut": (
        {"change_bytes": lambda data: data[:3000]},
        "path=.* cannot be loaded: its values are no HDF5 file",
    ),
    "an operation that makes many tensors": (
        {
            "change_config": _layer(
                module="keras.src.ops.numpy",
                class_name="Split",
                config={"indices_or_sections": 10**6, "axis": 1},
            )
        },
        "what it describes would take far more memory",
    ),
    "an operation that is handed a function": (
        {"change_config": _layer(module="keras.src.ops.core", class_name="Map")},
        "its model names 'keras.src.ops.core.Map'",
    ),
    "no operation": (
        {"change_config": _layer(module="keras.src.ops.numpy", class_name="backend")},
        "its model names 'keras.src.ops.numpy.backend'",
    ),
    "another part": ({"more": [("assets/../../evil", b"x")]}, "its model has the parts"),
    "an operation that calls a function": (
        {"change_config": _layer(module="keras.src.ops.linalg", class_name="JVP")},
        "its model names 'keras.src.ops.linalg.JVP'",
    ),
    "a module of the reader's": (
        {"change_config": _layer(module="layers")},
        "its model names 'layers.Dense'",
    ),
    "a layer that takes all memory": (
        {"change_config": lambda config: _dense(config).update(units=2 * 10**7)},
        "it describes would take far more memory than the file itself",
    ),
    "variables that take all memory together": (
        {"change_config": lambda config: _dense(config).update(units=4 * 10**6)},
        "it describes would take far more memory than the file itself",
    ),
    "metrics that take all memory": (
        {"change_config": lambda config: config.update(compile_config=_metrics())},
        "it describes would take far more memory than the file itself",
    ),
    "a part twice": ({"more": [("config.json", b"{}")]}, "its model has the parts"),
    "a link to another file": (
        {
            "change_values": _replaced(
                KERNEL, lambda v, name: v.__setitem__(name, h5py.ExternalLink("/tmp/x.h5", "/"))
            )
        },
        "its values hold a link",
    ),
    "a link that goes round": (
        {
            "change_values": _replaced(
                KERNEL, lambda v, name: v.__setitem__(name, h5py.SoftLink("/layers"))
            )
        },
        "its values hold a link",
    ),
    "values that are put together from another file": (
        {
            "change_values": _replaced(
                KERNEL,
                lambda v, name: v.create_virtual_dataset(name, _of_another_file((4, 6))),
            )
        },
        "which does not lie in the file as it is",
    ),
    "values in another file": (
        {
            "change_values": _replaced(
                KERNEL,
                lambda v, name: v.create_dataset(
                    name, (4, 6), "f4", external=[("/etc/passwd", 0, 96)]
                ),
            )
        },
        "which does not lie in the file as it is",
    ),
    "values that are a bomb": (
        {
            "change_values": _replaced(
                KERNEL,
                lambda v, name: v.create_dataset(
                    name, (10**6, 10**4), "f4", chunks=(1000, 1000), compression="gzip"
                ),
            )
        },
        "which does not lie in the file as it is",
    ),
    "values that are not there": (
        {
            "change_values": _replaced(
                KERNEL, lambda v, name: v.create_dataset(name, (10**6, 10**6), "f4")
            )
        },
        "which does not lie in the file as it is",
    ),
    "values that are objects": (
        {
            "change_values": _replaced(
                KERNEL, lambda v, name: v.create_dataset(name, (4,), h5py.string_dtype())
            )
        },
        "which is no array of numbers",
    ),
}


UNSAFE = (
    "FlaxLayer",
    "IntegerLookup",
    "JaxLayer",
    "Lambda",
    "StringLookup",
    "TFSMLayer",
    "TextVectorization",
    "TorchModuleWrapper",
)


@pytest.mark.parametrize("layer", UNSAFE)
def test_unsafe_layers(layer, entries, tmp_path):
    model = of_model(entries["models/0.keras"], _layer(class_name=layer, config={}))
    with pytest.raises(ValueError, match=f"its model names 'keras.layers.{layer}', which may not"):
        load_forged(tmp_path / "it", {**entries, "models/0.keras": model})


@pytest.mark.parametrize("name", MODELS)
def test_models(name, entries, tmp_path):
    changes, message = MODELS[name]
    forged = {**entries, "models/0.keras": of_model(entries["models/0.keras"], **changes)}
    with pytest.raises(ValueError, match=message):
        load_forged(tmp_path / "it", forged)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_a_group_that_holds_itself(entries, tmp_path):
    def change(values):
        values["layers/again"] = values["layers"]

    model = of_model(entries["models/0.keras"], change_values=change)
    with pytest.raises(ValueError, match="a group within itself"):
        load_forged(tmp_path / "it", {**entries, "models/0.keras": model})


def test_a_model_that_was_not_changed_is_loaded(entries, tmp_path):
    model = of_model(entries["models/0.keras"], change_values=lambda values: None)
    load_forged(tmp_path / "it", {**entries, "models/0.keras": model}).predict(X)


def encrypted(data, name):
    """A zip that says of a part that it is encrypted, and of no more."""
    data = bytearray(data)
    for signature, flags, named in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = data.find(signature)
        while data[at + named : at + named + len(name)] != name.encode():
            at = data.index(signature, at + 1)
        data[at + flags] |= 1
    return bytes(data)


@pytest.mark.parametrize("where", ["the file", "its model"])
def test_what_is_encrypted(where, entries, tmp_path):
    path = tmp_path / "it"
    model = encrypted(entries["models/0.keras"], "config.json")
    write_archive(path, entries if where == "the file" else {**entries, "models/0.keras": model})
    if where == "the file":
        data = bytearray(encrypted(path.read_bytes(), "estimator.json"))
        data[-_SUM:] = _sum_of(io.BytesIO(data))
        path.write_bytes(data)
    message = r"its part '(estimator|config)\.json' is encrypted, which skbits does not do"
    with pytest.raises(ValueError, match=message):
        load(path)


def test_no_other_file_is_read(entries, tmp_path):
    """With a file there that HDF5 would follow to; see it by what is opened."""
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.zeros((4, 6), "f4")
    outside = str(tmp_path / "other.h5")
    for make in (
        lambda v, name: v.__setitem__(name, h5py.ExternalLink(outside, "/x")),
        lambda v, name: v.create_virtual_dataset(name, _of_another_file((4, 6), outside)),
        lambda v, name: v.create_dataset(name, (4, 6), "f4", external=[(outside, 0, 96)]),
    ):
        change = _replaced(KERNEL, make)
        model = of_model(entries["models/0.keras"], change_values=change)
        with pytest.raises(ValueError, match=r"hold a link|does not lie in the file"):
            load_forged(tmp_path / "it", {**entries, "models/0.keras": model})


def test_keras_is_always_told_to_be_safe(entries, tmp_path, monkeypatch):
    """Models, and what is described beside them, on the way in and on the way out."""
    told = []

    def spy(name):
        real = getattr(keras.saving, name)

        def spied(*args, **kwargs):
            told.append((name, kwargs.get("safe_mode")))
            return real(*args, **kwargs)

        monkeypatch.setattr(keras.saving, name, spied)

    spy("load_model")
    spy("deserialize_keras_object")
    change = _tree(lambda tree: _set(tree, "cv", _metric("AUC", num_thresholds=3)))
    loaded = load_forged(tmp_path / "it", change(entries, tmp_path))
    assert isinstance(loaded.cv, keras.metrics.AUC)
    assert ("load_model", True) in told
    assert ("deserialize_keras_object", True) in told
    BitVectorClassifier(**FAST, optimizer=keras.optimizers.SGD()).fit(X, BITS).save(tmp_path / "it")
    assert len(told) >= 4
    assert {safe_mode for _, safe_mode in told} == {True}


@pytest.mark.parametrize("module", ["layers", "metrics", "losses", "activations"])
def test_a_name_of_a_later_keras_may_not_appear(module, entries, tmp_path, monkeypatch):
    """Until somebody has read what it does."""
    monkeypatch.setattr(f"keras.{module}.OfTomorrow", keras.layers.Dense, raising=False)
    change = _layer(module=f"keras.{module}", class_name="OfTomorrow")
    model = of_model(entries["models/0.keras"], change)
    message = f"its model names 'keras.{module}.OfTomorrow', which may not appear"
    with pytest.raises(ValueError, match=message):
        load_forged(tmp_path / "it", {**entries, "models/0.keras": model})


def test_no_listed_operation_is_handed_a_function():
    """Of those of the Keras that is installed."""
    functions = {"f", "fn", "fun", "func", "body", "cond", "body_fun", "cond_fun", "branches"}
    found = {
        name: set(inspect.signature(operation.call).parameters)
        for part in [sys.modules[name] for name in sys.modules if name.startswith("keras.src.ops.")]
        for name, operation in vars(part).items()
        if name in OPERATIONS and inspect.isclass(operation)
    }
    assert len(found) > 200
    assert [name for name, taken in found.items() if taken & functions] == []


def test_a_model_that_is_compressed(entries, tmp_path):
    with zipfile.ZipFile(io.BytesIO(entries["models/0.keras"])) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    model = zipped(parts, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="is compressed"):
        load_forged(tmp_path / "it", {**entries, "models/0.keras": model})
