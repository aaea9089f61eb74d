"""What is compiled once a process: each test opens a database, pages and routes of its own."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from inspect import unwrap
from types import SimpleNamespace

import sqlalchemy as sa
from jinja2.bccache import BytecodeCache
from litestar import Litestar, Router
from litestar._asgi import asgi_router
from litestar._kwargs import KwargsModel
from litestar._signature import SignatureModel
from litestar.utils.signature import ParsedSignature
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache

import server.app
from server.web import render
from server.web.assets import Assets

STATEMENTS_MAX = 5_000
_make_engine, _make_environment = sa.create_engine, render._environment
_statements: dict[tuple[str, str | None], tuple[sa.Dialect, LRUCache]] = {}


def create_engine(url, **settings) -> sa.Engine:
    """Do as `sa.create_engine`; engines of one kind share what they compiled.

    SQLAlchemy keeps a compiled statement by its dialect, which otherwise every engine has for
    itself, and to compile is a quarter of what a test of a few exchanges costs.
    """
    kind = make_url(url).drivername, settings.get("isolation_level")
    if kind not in _statements:
        # A dialect asks what its database is like at the first connection of its own engine.
        first = _make_engine(url, **settings)
        first.connect().close()
        first.dispose()
        _statements[kind] = first.dialect, LRUCache(STATEMENTS_MAX)
    engine = _make_engine(url, **settings)
    engine.dialect, engine._compiled_cache = _statements[kind]
    return engine


class Templates(BytecodeCache):
    """The code of the templates of one language: what is constant in it is worked out already."""

    def __init__(self):
        self._codes = {}

    def load_bytecode(self, bucket):
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._codes[bucket.key, bucket.checksum] = bucket.code


_templates = defaultdict(Templates)


def environment(phrases, *more):
    """Do as `render._environment`; those of one language share what they compiled."""
    made = _make_environment(phrases, *more)
    made.bytecode_cache = _templates[phrases.language.code]
    return made


_read_signature = ParsedSignature.from_fn.__func__
_make_model = SignatureModel.create.__func__
_make_arguments = KwargsModel.create_for_signature_model.__func__
_signatures: dict[tuple, ParsedSignature] = {}
_models: dict[tuple, tuple[ParsedSignature, type[SignatureModel]]] = {}
_arguments: dict[tuple, KwargsModel] = {}


@classmethod
def signature(cls, fn, namespace):
    """Do as `ParsedSignature.from_fn`: apps read once what a handler of the same code takes.

    Each app makes its handlers anew, inside of `routes(site)`, and to look at their some hundred
    signatures is more than half of what it takes to build one.
    """
    code = getattr(unwrap(fn), "__code__", None)
    if code is None or namespace:
        return _read_signature(cls, fn, namespace)
    given = (*(fn.__defaults__ or ()), *(fn.__kwdefaults__ or {}).values())
    # A default stays where it is as long as the signature that has it.
    key = code, fn.__module__, (*fn.__annotations__.items(),), (*map(id, given),)
    if key not in _signatures:
        _signatures[key] = _read_signature(cls, fn, namespace)
    return _signatures[key]


@classmethod
def model(cls, dependency_name_set, fn, parsed_signature, type_decoders, data_dto=None):
    """Do as `SignatureModel.create`, once for a signature and a name."""
    given = frozenset(dependency_name_set), fn, parsed_signature, type_decoders, data_dto
    if dependency_name_set or type_decoders:
        return _make_model(cls, *given)
    key = id(parsed_signature), fn.__module__, getattr(fn, "__name__", ""), data_dto
    if key not in _models:
        _models[key] = parsed_signature, _make_model(cls, *given)
    return _models[key][1]


@classmethod
def arguments(
    cls, signature_model, parsed_signature, dependencies, path_parameters, layered_parameters, ctx
):
    """Do as `KwargsModel.create_for_signature_model`, once for a model and the names in a path."""
    given = signature_model, parsed_signature, dependencies, path_parameters, layered_parameters
    if dependencies or layered_parameters:
        return _make_arguments(cls, *given, ctx)
    key = signature_model, frozenset(path_parameters)
    if key not in _arguments:
        _arguments[key] = _make_arguments(cls, *given, ctx)
    return _arguments[key]


_all_methods = Router.route_handler_method_map.fget
_validate, _require_rights = asgi_router.validate_node, server.app.require_rights


class Methods(dict):
    """What `Router.route_handler_method_map` gives, of one path when one is asked for.

    A router asks for one with each handler that it registers, and would gather all of them.
    """

    def __init__(self, router):
        self._router = router

    def get(self, path, default=None):
        same = [route for route in self._router.routes if route.path == path]
        return _all_methods(SimpleNamespace(routes=same))[path] if same else default

    def items(self):
        return _all_methods(self._router).items()


class App(Litestar):
    """An app that registers a handler when a path is asked for that begins as its own.

    To register them all is what building one costs, and most tests ask for a few of two hundred.
    Who asks for its list of routes is given all of them.
    """

    def __init__(self, *, route_handlers, **more):
        self._later, self._registered = [], []
        super().__init__(**more)
        self._later = list(route_handlers)
        find = self.asgi_router.handle_routing

        def handle_routing(path, method):
            self._register(lambda one: any(_meet(path, own) for own in one.paths))
            return find(path=path, method=method)

        self.asgi_router.handle_routing = handle_routing

    @property
    def routes(self):
        self._register(lambda _one: True)
        return self._registered

    @routes.setter
    def routes(self, routes):
        self._registered = routes

    def _register(self, is_wanted):
        later, self._later = self._later, []  # the framework asks for the routes there are
        # What is mounted takes whatever begins with its letters.
        if wanted := [one for one in later if getattr(one, "is_mount", False) or is_wanted(one)]:
            for one in wanted:
                self.register(one)
            _validate(self.asgi_router.root_route_map_node)
            _require_rights(self)
            later = [one for one in later if one not in wanted]
        self._later = later


def _meet(path, own):
    """Whether two paths are the same as far as the shorter goes, whatever is in a parameter.

    The tree of paths is walked part by part and never back: what is longer may lead astray.
    """
    parts = zip(path.strip("/").split("/"), own.strip("/").split("/"), strict=False)
    return own == "/" or all(theirs == mine or mine[:1] == "{" for theirs, mine in parts)


SHARED = (
    (sa, "create_engine", create_engine),
    (render, "_environment", environment),
    (Assets, "load", cache(Assets.load)),
    (ParsedSignature, "from_fn", signature),
    (SignatureModel, "create", model),
    (KwargsModel, "create_for_signature_model", arguments),
    (Router, "route_handler_method_map", property(Methods)),
    (asgi_router, "validate_node", lambda **_node: None),
    (server.app, "Litestar", App),
    (server.app, "require_rights", lambda _app: None),
)
"""What takes the place of what: whose, its name, and what tests have instead."""
APART = tuple((owner, name, vars(owner)[name]) for owner, name, _ in SHARED)
"""What the server has."""
