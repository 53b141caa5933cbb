"""A logger that says nothing."""

DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50


class Logger:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


_logger = Logger()


def getLogger(*_):
    return _logger


def basicConfig(*_, **__):
    pass


debug = info = warning = error = critical = basicConfig
StreamHandler = FileHandler = Formatter = lambda *_, **__: _logger
