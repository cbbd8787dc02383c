"""Functions whose text is written by a test: they need a file, where their source is found."""

import importlib.util


def function_of(text, path):
    """The function f of a module with this text, which is written to the file."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f
