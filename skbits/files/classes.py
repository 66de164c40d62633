"""Classes: those that may appear in a file, and nothing else may.

Rules
-----
* A file names a class, a function or a type by a name of these tables; a name that is not in them
  is an error, and is never looked up, since looking up is importing, and importing runs code.
* What is here is data when it is put together: its attributes are set, and no method is called.
* A class is here if an estimator of skbits is, or stands inside of, or around, or beside one; of
  scikit-learn, the steps of a pipeline before a network, the codecs, and splitters.
"""

from importlib import import_module
from typing import Any

#: module -> names of the classes whose objects may appear
_CLASSES = {
    "skbits.estimators": ("BinaryClassifier", "BitVectorClassifier", "OneHotClassifier"),
    "skbits.thresholds.tuned": ("TunedThresholdsCV",),
    "skbits.thresholds.search": ("ThresholdGridSearchCV",),
    "skbits.thresholds.recentered": ("RecenteredClassifier",),
    "skbits.thresholds.thresholded": ("FixedThresholds",),
    "skbits.codecs": (
        "CharCodes",
        "IntegerBits",
        "TextBits",
        "TextOneHot",
        "TransformedTargetClassifier",
    ),
    "skbits.targets": ("BinaryTarget", "BitVectorTarget", "OneHotTarget"),
    "skbits.thresholds.task": ("Task",),
    "sklearn.compose": ("ColumnTransformer",),
    "sklearn.decomposition": ("PCA", "TruncatedSVD"),
    "sklearn.dummy": ("DummyClassifier",),
    "sklearn.feature_extraction": ("DictVectorizer",),
    "sklearn.feature_extraction.text": (
        "CountVectorizer",
        "HashingVectorizer",
        "TfidfTransformer",
        "TfidfVectorizer",
    ),
    "sklearn.feature_selection": ("SelectKBest", "SelectPercentile", "VarianceThreshold"),
    "sklearn.frozen": ("FrozenEstimator",),
    "sklearn.impute": ("MissingIndicator", "SimpleImputer"),
    "sklearn.linear_model": ("LogisticRegression", "RidgeClassifier"),
    "sklearn.model_selection": (
        "FixedThresholdClassifier",
        "GroupKFold",
        "KFold",
        "LeaveOneOut",
        "RepeatedKFold",
        "RepeatedStratifiedKFold",
        "ShuffleSplit",
        "StratifiedGroupKFold",
        "StratifiedKFold",
        "StratifiedShuffleSplit",
        "TimeSeriesSplit",
    ),
    "sklearn.naive_bayes": ("BernoulliNB", "GaussianNB", "MultinomialNB"),
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.preprocessing": (
        "Binarizer",
        "FunctionTransformer",
        "LabelBinarizer",
        "LabelEncoder",
        "MaxAbsScaler",
        "MinMaxScaler",
        "MultiLabelBinarizer",
        "Normalizer",
        "OneHotEncoder",
        "OrdinalEncoder",
        "PolynomialFeatures",
        "PowerTransformer",
        "QuantileTransformer",
        "RobustScaler",
        "StandardScaler",
    ),
}

#: module -> names of the functions and types that may be referred to
_NAMES = {
    "builtins": (
        "bool",
        "bytes",
        "float",
        "frozenset",
        "int",
        "list",
        "object",
        "set",
        "str",
        "tuple",
    ),
    "sklearn.feature_selection": ("chi2", "f_classif", "mutual_info_classif"),
    "skbits.tables": ("as_text",),
    "skbits.backbones": (
        "conv1d",
        "conv2d",
        "embedding",
        "gru",
        "lstm",
        "mlp",
        "siamese",
    ),
}


def find(name: Any, kind: str) -> Any:
    """The class or function that a file names.

    Parameters
    ----------
    name : str
        Module and name.
    kind : {"class", "function"}

    Raises
    ------
    ValueError
        A name that may not appear.

    Examples
    --------
    >>> find("sklearn.preprocessing.StandardScaler", "class").__name__
    'StandardScaler'
    >>> find("os.system", "function")
    Traceback (most recent call last):
        ...
    ValueError: it names the function 'os.system', which may not appear in a file
    """
    module, _, own = name.rpartition(".") if isinstance(name, str) else ("", "", "")
    if own not in _TABLES[kind].get(module, ()):
        raise ValueError(f"it names the {kind} {name!r}, which may not appear in a file")
    return getattr(import_module(module), own)


def name_of(item: Any, kind: str) -> str | None:
    """The name by which a file may name a class or function; None where it may not.

    Examples
    --------
    >>> name_of(set, "function"), name_of(print, "function")
    ('builtins.set', None)
    """
    own = getattr(item, "__name__", None)
    package = (getattr(item, "__module__", None) or "").partition(".")[0]
    for module, names in _TABLES[kind].items():
        # a package that the item is not of need not be imported
        if own in names and module.partition(".")[0] == package:
            name = f"{module}.{own}"
            if find(name, kind) is item:
                return name
    return None


_TABLES = {"class": _CLASSES, "function": _NAMES}
