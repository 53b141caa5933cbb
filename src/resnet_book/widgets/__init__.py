"""The book's widgets: each one front end for JupyterLab and for a static page."""

from .network_tracer import NetworkTracer
from .residual_block import ResidualBlock

__all__ = ["NetworkTracer", "ResidualBlock"]
