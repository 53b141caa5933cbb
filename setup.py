"""What pyproject.toml cannot say: an installed package carries the recorded runs, and the lock that notebooks need."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithRuns(build_py):
    """Copies to `resnet_book/recorded` what `resnet_book.files.find` finds in place in the repository."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        recorded = Path(self.build_lib, "resnet_book", "recorded")
        shutil.rmtree(recorded, ignore_errors=True)
        recorded.mkdir(parents=True)
        shutil.copytree(
            ROOT / "book" / "runs", recorded / "runs", ignore=shutil.ignore_patterns("checkpoint.pt", ".*", "*.partial")
        )
        shutil.copy(ROOT / "requirements-notebooks.txt", recorded)


setup(cmdclass={"build_py": BuildWithRuns})
