"""A parser of arguments that takes every default."""


class Namespace:
    def __init__(self, **values):
        self.__dict__.update(values)


class ArgumentParser:
    def __init__(self, *_, **__):
        self.values = {}

    def add_argument(self, *names, default=None, action=None, dest=None, **_):
        name = dest or next((n for n in names if n.startswith("--")), names[0]).lstrip("-").replace("-", "_")
        self.values[name] = (action == "store_false") if default is None and action else default

    def add_argument_group(self, *_, **__):
        return self

    add_mutually_exclusive_group = add_argument_group

    def set_defaults(self, **values):
        self.values.update(values)

    def parse_args(self, *_, **__):
        return Namespace(**self.values)

    def parse_known_args(self, *_, **__):
        return self.parse_args(), []


class HelpFormatter:
    pass


ArgumentDefaultsHelpFormatter = RawTextHelpFormatter = HelpFormatter
