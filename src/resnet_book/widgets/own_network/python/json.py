"""JSON: the texts by the browser, the containers here, so that integers stay what they are."""

from javascript import JSON


def loads(text, **_):
    return JSON.parse(text)


def dumps(value, **_):
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return JSON.stringify(value)
    if isinstance(value, dict):
        return "{" + ",".join([dumps(str(key)) + ":" + dumps(item) for key, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([dumps(item) for item in value]) + "]"
    return str(value)
