"""Where the files are that come with the program."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def package_dir() -> Path:
    """Return the folder of the program itself."""
    return _PACKAGE


def templates_dir(package: Path = _PACKAGE) -> Path:
    """Return the folder of the templates, of an installed wheel or of a working copy."""
    return _folder("templates", package)


def migrations_dir() -> Path:
    """Return the folder of the migrations, of an installed wheel or of a working copy."""
    return _folder("migrations", _PACKAGE)


def catalogue_file() -> Path:
    """Return the topic catalogue that is used unless operators have their own."""
    return _PACKAGE / "catalogue" / "topics.toml"


def topic_weights_file() -> Path:
    """Return the learnt weights of words for the topics of the shipped catalogue."""
    return _PACKAGE / "catalogue" / "weights.txt"


def fitted_papers_file() -> Path:
    """Return the keys of the papers on whose labels the weights of topics were fitted."""
    return _PACKAGE / "catalogue" / "fitted.txt"


def knowledge_files() -> tuple[Path, tuple[Path, Path], Path]:
    """Return what interests are read with: learnt numbers, names and abbreviations, German."""
    folder = _PACKAGE / "catalogue"
    names = (folder / "names.txt", folder / "abbreviations.txt")
    return folder / "learnt.npz", names, folder / "german.txt"


def summary_weights_file() -> Path:
    """Return the learnt weights that choose the sentences of a summary."""
    return _PACKAGE / "catalogue" / "summary.txt"


def locale_dir() -> Path:
    """Return the folder of the message catalogues: one `.po` a language."""
    return _PACKAGE / "locale"


def samples_dir() -> Path:
    """Return the folder of the made-up dumps that the demo shows."""
    return _PACKAGE / "samples"


def _folder(name: str, package: Path) -> Path:
    installed = package / "_shipped" / name
    return installed if installed.is_dir() else package.parent / name
