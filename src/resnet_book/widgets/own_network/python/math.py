"""Of math what networks use, on the browser's own."""

from javascript import Math

pi, e, tau, inf, nan = 3.141592653589793, 2.718281828459045, 6.283185307179586, float("inf"), float("nan")


def _whole(value):
    return int(value) if isinstance(value, float) else value


def ceil(x):
    return _whole(x) if int(x) == x or x < 0 else int(x) + 1


def floor(x):
    return _whole(x) if int(x) == x or x > 0 else int(x) - 1


def trunc(x):
    return int(x)


def sqrt(x):
    if x < 0:
        raise ValueError("math domain error")
    return float(x) ** 0.5


def isqrt(n):
    root = int(n**0.5)
    while root * root > n:
        root -= 1
    while (root + 1) * (root + 1) <= n:
        root += 1
    return root


def log(x, *base):
    if x <= 0:
        raise ValueError("math domain error")
    return Math.log(float(x)) / Math.log(float(base[0])) if base else Math.log(float(x))


def log2(x):
    return Math.log2(float(x))


def log10(x):
    return Math.log10(float(x))


def exp(x):
    return Math.exp(float(x))


def sin(x):
    return Math.sin(float(x))


def cos(x):
    return Math.cos(float(x))


def tan(x):
    return Math.tan(float(x))


def tanh(x):
    return Math.tanh(float(x))


def atan(x):
    return Math.atan(float(x))


def atan2(y, x):
    return Math.atan2(float(y), float(x))


def pow(x, y):
    return float(x) ** float(y)


def fabs(x):
    return abs(float(x))


def prod(items, *, start=1):
    for item in items:
        start = start * item
    return start


def gcd(*numbers):
    found = 0
    for number in numbers:
        number = abs(number)
        while number:
            found, number = number, found % number
    return found


def lcm(*numbers):
    found = 1
    for number in numbers:
        found = abs(found * number) // (gcd(found, number) or 1)
    return found


def factorial(n):
    return prod(range(1, n + 1))


def comb(n, k):
    return factorial(n) // factorial(k) // factorial(n - k) if 0 <= k <= n else 0


def isnan(x):
    return x != x


def isinf(x):
    return x in (inf, -inf)


def isfinite(x):
    return not isnan(x) and not isinf(x)


def isclose(a, b, *, rel_tol=1e-9, abs_tol=0.0):
    return abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)


def fsum(items):
    return float(sum(items))


def radians(x):
    return x * pi / 180


def degrees(x):
    return x * 180 / pi


def copysign(x, y):
    return abs(x) if y >= 0 else -abs(x)


def hypot(*parts):
    return sum([float(part) ** 2 for part in parts]) ** 0.5
