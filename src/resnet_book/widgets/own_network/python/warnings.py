"""Warnings, which nobody reads here."""


def warn(*_, **__):
    pass


filterwarnings = simplefilter = warn_explicit = resetwarnings = warn


class catch_warnings:
    def __init__(self, **_):
        pass

    def __enter__(self):
        return []

    def __exit__(self, *_):
        return False
