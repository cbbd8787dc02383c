"""Ordinary functions as the flat core that the analyses and the differentiator see."""

import ast

import gast

from sct_ad.arguments import parameter_names
from sct_ad.compiler import specialised
from sct_ad.specialise.signature import abstract_of


def flatten(function, *args):
    """The specialised function, its variables renamed apart."""
    names = parameter_names(function)
    types = {name: abstract_of(value, name) for name, value in zip(names, args, strict=True)}
    return specialised(function, types, None, lambda name, show: None)


def text_of(flat):
    """The flat function as text."""
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(flat.function)))
