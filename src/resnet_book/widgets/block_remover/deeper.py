"""The recorded lesions of networks on CIFAR-10, where they have been recorded: see `experiments/lesion_records.py`."""

from __future__ import annotations

from typing import Any

from ...files import find, read_measurements

__all__ = ["RECORDS", "deeper_networks"]

RECORDS = {
    "ResNet-20": "runs/lesions/cifar-resnet20-A-0",
    "ResNet-56": "runs/lesions/cifar-resnet56-A-0",
    "plain-20": "runs/lesions/cifar-plain20-0",
    "plain-56": "runs/lesions/cifar-plain56-0",
}


def deeper_networks() -> list[dict[str, Any]]:
    """Of each network that there is a record of, whole and without one block: ``{"name", "blocks", "whole", "left"}``,
    shares of the test pictures; an empty list without records."""
    found = []
    for name, folder in RECORDS.items():
        if not (find(folder) / "metrics.csv").is_file():
            continue
        rows = read_measurements(folder)[2]
        one = [row for row in rows if row["lesion"] == "no branch"]
        whole = next(float(row["accuracy"]) for row in rows if row["lesion"] == "whole")
        left = [float(row["accuracy"]) for row in one]
        found.append({"name": name, "blocks": [row["blocks"] for row in one], "whole": whole, "left": left})
    return found
