"""The engine's networks again, in torch and float64: from a plan as plan.mjs makes it, and a state by torch's names."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F


class Reference:
    """A network by its plan; `values` are its parameters and `running` batch norm's moments, both by name."""

    def __init__(self, plan: dict[str, Any], state: dict[str, list[float]], momentum: float = 0.1) -> None:
        self.plan, self.momentum, self.nearest = plan, momentum, float("inf")
        tensors = {name: torch.tensor(values, dtype=torch.float64) for name, values in state.items()}
        for layer in self.layers():
            kernel = [layer["kernel"]] * 2
            shape = [layer["outputs"], layer["inputs"], *kernel]
            tensors[f"{layer['name']}.weight"] = tensors[f"{layer['name']}.weight"].reshape(shape)
        head = f"{plan['head']}.weight"
        tensors[head] = tensors[head].reshape(plan["classes"], -1)
        self.running = {name: values for name, values in tensors.items() if "running" in name}
        self.values = {name: values.requires_grad_() for name, values in tensors.items() if "running" not in name}

    def layers(self) -> list[dict[str, Any]]:
        blocks = self.plan["blocks"]
        shortcuts = [block["shortcut"] for block in blocks if isinstance(block["shortcut"], dict)]
        return [self.plan["stem"], *(layer for block in blocks for layer in block["branch"]), *shortcuts]

    def pictures(self, x: list[float]) -> torch.Tensor:
        """The engine's flat [n][side][side][inputs] as torch's (n, inputs, side, side)."""
        side = self.plan["side"] or 1
        return torch.tensor(x, dtype=torch.float64).reshape(-1, side, side, self.plan["inputs"]).permute(0, 3, 1, 2)

    def relu(self, z: torch.Tensor) -> torch.Tensor:
        """ReLU, keeping how near a pre-activation came to its kink (zeros of a dead branch aside)."""
        away = z.detach()[z.detach() != 0].abs()
        self.nearest = min(self.nearest, away.min().item() if away.numel() else float("inf"))
        return F.relu(z)

    def layer(self, layer: dict[str, Any], x: torch.Tensor, training: bool) -> torch.Tensor:
        values, name, norm = self.values, layer["name"], layer["norm"]
        bias = None if self.plan["norm"] else values[f"{name}.bias"]
        z = F.conv2d(x, values[f"{name}.weight"], bias, stride=layer["stride"], padding=layer["kernel"] // 2)
        if not self.plan["norm"]:
            return z
        moments = self.running[f"{norm}.running_mean"], self.running[f"{norm}.running_var"]
        return F.batch_norm(z, *moments, values[f"{norm}.weight"], values[f"{norm}.bias"], training, self.momentum)

    def shortcut(self, block: dict[str, Any], x: torch.Tensor, training: bool) -> torch.Tensor:
        if isinstance(block["shortcut"], dict):
            return self.layer(block["shortcut"], x, training)
        if block["shortcut"] == "identity":
            return x
        stride = max(layer["stride"] for layer in block["branch"])
        new = block["branch"][-1]["outputs"] - x.shape[1]
        return F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, new // 2, new - new // 2))

    def logits(self, x: torch.Tensor, training: bool, route: list[dict[str, Any]] | None = None) -> torch.Tensor:
        x = self.relu(self.layer(self.plan["stem"], x, training))
        for step in route or [{"block": i} for i in range(len(self.plan["blocks"]))]:
            block = self.plan["blocks"][step["block"]]
            branch = x
            for i, layer in enumerate(block["branch"]):
                branch = self.layer(layer, self.relu(branch) if i else branch, training)
            y = step.get("branch", 1) * branch
            if skip := step.get("skip", int(block["skip"])):
                y = y + skip * self.shortcut(block, x, training)
            x = self.relu(y)
        head = self.plan["head"]
        return F.linear(x.mean((2, 3)), self.values[f"{head}.weight"], self.values[f"{head}.bias"])
