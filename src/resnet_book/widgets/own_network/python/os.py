"""No files, no environment, no processes."""

environ, sep, name, linesep = {}, "/", "page", "\n"


class path:
    @staticmethod
    def join(*parts):
        return "/".join([str(part) for part in parts])

    @staticmethod
    def exists(*_):
        return False

    isfile = isdir = exists

    @staticmethod
    def basename(text):
        return str(text).split("/")[-1]

    @staticmethod
    def dirname(text):
        return "/".join(str(text).split("/")[:-1])

    @staticmethod
    def splitext(text):
        head, dot, tail = str(text).rpartition(".")
        return (head, dot + tail) if dot else (str(text), "")

    @staticmethod
    def abspath(text):
        return str(text)

    realpath = expanduser = normpath = abspath


def getenv(key, default=None):
    return default


def makedirs(*_, **__):
    pass


mkdir = chdir = makedirs


def getcwd():
    return "/"


def listdir(*_):
    return []


def cpu_count():
    return 1


def _refused(*_, **__):
    raise PermissionError("a page has no files and no processes")


remove = unlink = rmdir = removedirs = rename = system = popen = kill = fork = _refused
