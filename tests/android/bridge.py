"""The real pyjnius on the stubs: one virtual machine, seen as any version of Android.

pyjnius 1.7.0 takes of the overloads that fit equally well the one whose signature sorts last, which
nobody promises. A `Signature` sorts by a seeded number, and `turned` the other way round: who names
no overload gets a wrong one in one of the two orders.
"""

from __future__ import annotations

import zlib
from types import SimpleNamespace

from tests.android import stubs


class Signature(str):
    """A signature that sorts by chance."""

    __slots__ = ()
    seed, is_turned = 1, False

    def _rank(self):
        rank = zlib.crc32(f"{Signature.seed}{self!s}".encode())
        return -rank if Signature.is_turned else rank

    def __lt__(self, other):
        return Signature._rank(self) < Signature._rank(Signature(other))


class Bridge:
    """What stands between `jnius` and the stubs."""

    def __init__(self):
        """Start the virtual machine, which lasts as long as the process."""
        import jnius_config

        jnius_config.set_classpath(str(stubs.compiled()))
        jnius_config.add_options("-Xmx256m", "-Xshare:auto", "-XX:TieredStopAtLevel=1")
        jnius_config.add_options("--add-opens=java.base/java.io=ALL-UNNAMED")
        import jnius
        from jnius import reflect

        self.jnius, self._reflect = jnius, reflect
        self._autoclass = reflect.autoclass
        self._made: dict[str, tuple[int, bool]] = {}
        self._now = (0, False)
        self._is_forced = False
        self.bench = None
        several = reflect.JavaMultipleMethod
        reflect.JavaMultipleMethod = lambda found: several(
            [(Signature(one), is_static, varargs) for one, is_static, varargs in found]
        )
        real = reflect.MetaJavaClass
        reflect.MetaJavaClass = SimpleNamespace(
            get_javaclass=lambda *a, **k: None if self._is_forced else real.get_javaclass(*a, **k),
            __new__=lambda _meta, *a, **k: real.__new__(real, *a, **k),
        )
        reflect.autoclass = jnius.autoclass = self.autoclass
        self.bench = self.autoclass("bench.Bench")
        of_class = reflect.Class
        for name, ours in (
            ("getDeclaredMethods", "methods"),
            ("getDeclaredFields", "fields"),
            ("getConstructors", "constructors"),
        ):
            setattr(
                of_class, name, self._limited(getattr(self.bench, ours), of_class.__dict__[name])
            )
        self._autoclass("java.security.Security").addProvider(self.autoclass("acts.Keys")())

    def _limited(self, ours, original):
        def limited(found):
            if found.getName().startswith(("android.", "androidx.")):
                return ours(found)
            return original.__get__(found, type(found))()

        return limited

    def autoclass(self, name, *arguments, **more):
        """Return a class as this version of Android has it, its overloads in the order of now."""
        is_old = self._made.get(name) != self._now
        if name.startswith(("android.", "androidx.")) and not self.bench.has(name):
            raise self.jnius.JavaException(f"Class not found {name}")
        is_forced, self._is_forced = self._is_forced, is_old and not name.startswith("bench.")
        try:
            self._made[name] = self._now
            made = self._autoclass(name, *arguments, **more)
        finally:
            self._is_forced = is_forced
        found = vars(made).get("__javaconstructor__")
        if isinstance(found, list) and len(found) > 1 and not isinstance(found[0][0], Signature):
            made.__javaconstructor__ = [(Signature(one), varargs) for one, varargs in found]
        return made

    def turn(self, api, *, is_turned):
        """Be another version of Android, or order overloads the other way round."""
        if (api, is_turned) != self._now:
            Signature.is_turned = is_turned
            self._now = (api, is_turned)
            self.bench.api = api
            for name in list(self._made):
                if name.startswith(("android.", "androidx.")) and not self.bench.has(name):
                    continue
                self.autoclass(name)
