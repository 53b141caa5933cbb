"""The book's widgets: each one front end for JupyterLab and for a static page."""

from .block_remover import BlockRemover
from .bottleneck_calculator import BottleneckCalculator
from .channel_mixer import ChannelMixer
from .conv_arithmetic import ConvArithmetic
from .error_reader import ErrorReader
from .exercise import Exercise
from .face_follower import FaceFollower
from .network_tracer import NetworkTracer
from .own_network import OwnNetwork
from .prediction import Prediction
from .prediction_explorer import PredictionExplorer
from .residual_block import ResidualBlock
from .run_explorer import RunExplorer
from .shape_quiz import ShapeQuiz
from .skip_trainer import SkipTrainer

__all__ = [
    "BlockRemover",
    "BottleneckCalculator",
    "ChannelMixer",
    "ConvArithmetic",
    "ErrorReader",
    "Exercise",
    "FaceFollower",
    "NetworkTracer",
    "OwnNetwork",
    "Prediction",
    "PredictionExplorer",
    "ResidualBlock",
    "RunExplorer",
    "ShapeQuiz",
    "SkipTrainer",
]
