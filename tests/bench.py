"""`make bench`: what is fast, measured side by side in one run on one machine. A report, never a test.

    python tests/bench.py [PART ...]

measures some parts only, as pipelines, faces, training, face-follower, pages (a wrong name lists them all). Every figure is
the median of several runs. Aims are printed beside the figures, met or not.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
sys.path[:0] = [str(ROOT / "src"), str(TESTS), str(TESTS / "browser")]

from benchmarks import cifar_training, face_batches
from benchmarks.face_follower import face_follower
from browser_setup import find_chromium
from engine_bench.measure import engine, verdict
from serving import CHROMIUM_FLAGS, SITE, pages, pages_with, serve

from resnet_book.classes import CLASSES

SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 1.6e6 / 8}


def median_ms(run: Callable[[], object], repeats: int) -> float:
    """The median time of a call, in milliseconds, after one call that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def tracing() -> None:
    """Our formulas against the counters that a reader would use instead, on ResNet-152 at 224 x 224."""
    import logging
    import warnings

    warnings.filterwarnings("ignore")  # fvcore's import warns of torch's plans
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    import torch
    import torchinfo
    from fvcore.nn import FlopCountAnalysis
    from torch.utils.flop_counter import FlopCounterMode
    from torchvision.models import resnet152

    from resnet_book import architecture, measure, trace

    arch, shape = architecture("resnet152"), (3, 224, 224)
    with torch.device("meta"):  # the quickest way to use a counter: nothing is computed
        net, x = resnet152().eval(), torch.empty(1, *shape)
    computing, picture = resnet152().eval(), torch.zeros(1, *shape)  # fvcore cannot trace on the meta device

    def torch_counter() -> int:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            net(x)
        return counter.get_total_flops() // 2

    def fvcore() -> int:
        counter = FlopCountAnalysis(computing, picture)
        return int(counter.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())

    def info() -> int:
        return torchinfo.summary(net, input_data=x, verbose=0, device="meta").total_params

    print("\nTracing ResNet-152 at 3 x 224 x 224 (ms)")
    ours = median_ms(lambda: trace(arch, shape), 50)
    print(f"  trace (formulas)                {ours:10.2f}   {trace(arch, shape).macs:,} MACs")
    others = {"torchinfo (meta)": info, "torch FlopCounterMode (meta)": torch_counter, "fvcore (computing)": fvcore}
    times = {name: median_ms(run, 7) for name, run in others.items()}
    for name, value in times.items():
        print(f"  {name:30}  {value:10.2f}   {value / ours:6.0f} times ours")
    print(f"  measure (the real module)       {median_ms(lambda: measure(net, shape), 7):10.2f}")
    fastest = min(times.values()) / ours
    print(f"  aim: 50 times faster than the fastest of them: {fastest:.0f} times, {verdict(fastest >= 50)}")


def checking() -> None:
    """`check` of ResNet-50 against a Python that imports torch and runs it, from the start of the process to the answer."""
    import subprocess
    import tempfile

    text = "from torchvision.models import resnet50\nnet = resnet50()\n"
    run = "import torch\nwith torch.no_grad():\n    print(net.eval()(torch.zeros(1, 3, 224, 224)).shape)\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "net.py").write_text(text)
        (Path(folder) / "run.py").write_text(text + run)
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}

        def process(*arguments: str) -> None:
            subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True)

        ours = median_ms(lambda: process("-m", "resnet_book", "check", "net.py"), 5)
        torch = median_ms(lambda: process("run.py"), 3)
    print("\nResNet-50 from the start of the process to the answer (ms)")
    print(f"  python -m resnet_book check     {ours:10.0f}   aim: 300, {verdict(ours < 300)}")
    print(
        f"  torch, run once                 {torch:10.0f}   {torch / ours:6.1f} times ours; aim: 10, {verdict(torch >= 10 * ours)}"
    )


@dataclass(frozen=True)
class Interaction:
    """What a reader does to a widget again and again: the control, by its label, and the values that it takes in turn."""

    widget: str
    control: str
    values: Sequence[object]
    given: Mapping[str, str] = field(default_factory=dict)  # select boxes that are set first

    def __str__(self) -> str:
        return " ".join([self.widget, *(f"({value})" for value in self.given.values())])


INTERACTIONS = (
    Interaction("network-tracer", "Input size", range(64, 124), {"Architecture": "resnet152"}),
    Interaction("network-tracer", "Input size", range(64, 124), {"Architecture": "cifar-resnet1202"}),
    Interaction("residual-block", "Height", range(20, 80), {"Block": "bottleneck"}),
    Interaction("conv-arithmetic", "Input size", range(7, 67)),
    Interaction("conv-arithmetic", "Input size", range(8133, 8193)),
    Interaction("channel-mixer", "Weight of red", [n / 4 - 2 for n in range(17)] * 3),
    Interaction("bottleneck-calculator", "Channels", range(64, 304, 4)),
    Interaction("bottleneck-calculator", "Height", range(20, 80), {"Comparison": "equal inner width"}),
    Interaction("shape-quiz", "Question", range(2, 62)),
    Interaction("run-explorer", "Axis", ["step", "seconds", "epoch"] * 20),
    Interaction("run-explorer", "Curve", ["test_accuracy", "train_loss", "lr"] * 20, {"Axis": "seconds"}),
    Interaction("prediction-explorer", "Predicted class", CLASSES * 5, {"True class": "Shirt"}),
)

OPEN_ALL = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  for (const result of document.querySelectorAll("[hidden=until-found]")) result.removeAttribute("hidden");
}"""

# A picture that a widget leaves for the next frame is drawn at once, so that it counts too.
TIMED_INPUT = """async ([root, label, values]) => {
  const input = [...root.querySelectorAll('label')].find(l => l.innerText === label).control;
  const { requestAnimationFrame: ask, cancelAnimationFrame: cancel } = window;
  const times = [];
  for (const value of values) {
    await new Promise(resolve => ask(resolve));
    const before = root.textContent;
    if (input.value === String(value)) continue;
    input.value = String(value);
    const waiting = new Map();
    window.requestAnimationFrame = draw => { waiting.set(waiting.size + 1, draw); return waiting.size; };
    window.cancelAnimationFrame = id => waiting.delete(id);
    const start = performance.now();
    input.dispatchEvent(new Event(input.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
    root.getBoundingClientRect();
    const numbers = performance.now() - start;
    for (const draw of waiting.values()) draw(performance.now());
    root.getBoundingClientRect();
    times.push([numbers, performance.now() - start]);
    Object.assign(window, { requestAnimationFrame: ask, cancelAnimationFrame: cancel });
    if (root.textContent === before) throw new Error(`${label} ${value}: nothing changed`);
  }
  return times;
}"""


def interaction(browser, address: str) -> None:
    """From an input event to the updated numbers, and to the updated view, its picture included."""
    print("\nFrom input to updated view in the browser (median ms, aim: 16)")
    for case in INTERACTIONS:
        path = next(iter(pages_with(f'{case.widget}"')), None)
        if path is None:
            print(f"  {case!s:36} no page carries the widget")
            continue
        page = browser.new_page()
        page.goto(f"{address}/{path}")
        page.evaluate(OPEN_ALL)
        root = page.locator(f'[data-widget="{case.widget}"]').first
        for label, value in case.given.items():
            root.get_by_label(label, exact=True).select_option(value)
        root.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")  # what a widget loads when it is seen
        times = page.evaluate(TIMED_INPUT, [root.element_handle(), case.control, list(case.values)])
        numbers, views = (statistics.median(column) for column in zip(*times))
        worst = max(view for _, view in times)
        slowest = f"slowest of {len(times)} {worst:5.1f}"
        print(f"  {case!s:42} numbers {numbers:5.1f}   view {views:5.1f}   {slowest}   {verdict(views <= 16)}")
        page.close()


RESNET_50 = "from torchvision.models import resnet50\nnet = resnet50()\n"


def own_network(browser, address: str) -> None:
    """The reader's own network in the page: what its first trace fetches, how long the first and the later ones take."""
    print("\nThe reader's own network in the page, ResNet-50")
    carrying = pages_with("own-network")
    if not carrying:
        print("  no page carries it")
        return
    page = browser.new_page()
    page.set_default_timeout(120_000)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    parts: dict[str, float] = {}
    session.on(
        "Network.responseReceived", lambda e: "/parts/" in e["response"]["url"] and parts.update({e["requestId"]: 0})
    )
    session.on(
        "Network.loadingFinished",
        lambda e: e["requestId"] in parts and parts.update({e["requestId"]: e["encodedDataLength"]}),
    )
    page.goto(f"{address}/{carrying[0]}", wait_until="networkidle")
    before = len(parts)
    root = page.locator('[data-widget="own-network"]').first

    def traced(turn: int, pause: int = 0) -> float:
        root.get_by_label("Code", exact=True).fill(f"{RESNET_50}# {turn}\n")
        page.wait_for_timeout(pause)
        start = time.perf_counter()
        root.get_by_role("button", name="Trace", exact=True).click()
        root.get_by_text("The code has changed").wait_for(state="detached")
        root.locator("[aria-busy='true']").wait_for(state="detached")
        root.get_by_text(re.compile(r"^Traced in")).wait_for()
        return (time.perf_counter() - start) * 1e3

    cold = traced(0)
    at_once = statistics.median(traced(turn) for turn in range(1, 6))
    later = statistics.median(traced(turn, pause=2_000) for turn in range(6, 11))  # as fast as a reader may type
    weight = sum(parts.values()) / 1e3
    print(f"  first trace, Python fetched     {cold:10.0f} ms   aim: 1,500, {verdict(cold <= 1500)}")
    print(f"  later traces, another text each {later:10.0f} ms   aim: 300, {verdict(later <= 300)}")
    print(f"    without a pause between them  {at_once:10.0f} ms")
    print(f"  fetched on demand               {weight:10.0f} kB   aim: 350, {verdict(weight <= 350)}")
    print(f"  fetched before                  {before:10} parts   aim: none, {verdict(not before)}")
    page.close()


MOST = 12_000  # pixels that a chapter may be high as it opens


def page_sizes(browser, address: str) -> None:
    """How high each page is and how many words it shows: as it opens, and with every fold and result open."""
    print(
        "\nPages, 1100 px wide: height and words as it opens, and with everything open (aim for a chapter: 12,000 px)"
    )
    for path in (path for path in pages() if path != "index.html"):
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.goto(f"{address}/{path}", wait_until="networkidle")

        def size(page=page) -> tuple[int, int]:
            words = page.locator("main").first.inner_text().split()
            return page.evaluate("document.documentElement.scrollHeight"), len(words)

        high, words = size()
        page.evaluate(OPEN_ALL)
        all_high, all_words = size()
        line = f"  {path:40} {high:7,} px {words:6,} words   open {all_high:7,} px {all_words:6,} words"
        chapter = re.match(r"book/\d\d_", path)
        print(f"{line}   {verdict(high <= MOST)}" if chapter else line)
        page.close()


def page_loads(browser, address: str) -> None:
    """Requests, weight and time until live of every page, first view, on the slow line."""
    print("\nPages, first view on 1.6 Mbit/s with 150 ms (aim for chapter 1: 25 requests, 300 kB, live within 1.2 s)")
    for path in pages():
        if path == "index.html":
            continue
        context = browser.new_context()
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_LINE)
        weights: dict[str, float] = {}
        session.on("Network.loadingFinished", lambda e, w=weights: w.update({e["requestId"]: e["encodedDataLength"]}))
        page.goto(f"{address}/{path}", wait_until="networkidle")
        live = page.evaluate(
            "performance.getEntriesByType('mark').filter(m => m.name.startsWith('live:')).map(m => m.startTime)"
        )
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
        weight, count = sum(weights.values()) / 1e3, len(weights)
        first = f"first widget live {min(live) / 1e3:.2f} s, all {max(live) / 1e3:.2f} s" if live else "no widget"
        line = f"  {path:36} {count:3} requests {weight:6.0f} kB   first paint {painted / 1e3:.2f} s   {first}"
        if path.startswith("book/01_"):
            line += f"   {verdict(count <= 25 and weight <= 300 and max(live, default=9e9) <= 1200)}"
        print(line)
        context.close()


def building() -> None:
    """A whole build of the site with nothing to install."""
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    start = time.perf_counter()
    subprocess.run(["make", "book"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    spent = time.perf_counter() - start
    print(f"\nmake book, everything anew, nothing to install: {spent:.1f} s (aim: 20), {verdict(spent <= 20)}")


def training() -> None:
    """Our loop and our batches against d2l's, on the same network, pictures and size: a few batches of 128 at 96 x 96."""
    import io
    import warnings
    from contextlib import redirect_stdout
    from dataclasses import replace

    import torch
    from d2l import torch as d2l
    from torch import nn

    from resnet_book import build, trace
    from resnet_book.data import per_image_loader, sample
    from resnet_book.train import arithmetic, fit, pick_device, product_rate, recipe, speed

    warnings.filterwarnings("ignore", message=".*worker processes")  # d2l takes four, whatever the machine
    device, batch, count, size = pick_device(), 128, 640, 96
    pictures, few = sample(train=True).take(torch.arange(count)), sample(train=False).take(torch.arange(10))
    shape = (1, size, size)

    def loop(name: str) -> float:
        """Pictures a second of an epoch, scoring not counted, after one epoch that is not counted."""
        short = replace(recipe(name), epochs=2, batch_size=batch, grows=())
        result = fit(short, pictures, few, device=device, progress=False)
        return count / [row["train_seconds"] for row in result.history if row["kind"] == "epoch"][-1]

    def theirs() -> float:
        """The same of `train_ch6`, whose drawing is left out; its figure is without loading."""
        animator, d2l.Animator = d2l.Animator, lambda **_: type("Undrawn", (), {"add": lambda *_: None})()
        try:
            net = build(recipe("d2l").architecture, init="torch")
            loaders = (
                per_image_loader(pictures, batch, size=size, shuffle=True),
                per_image_loader(few, batch, size=size),
            )
            d2l.train_ch6(nn.Sequential(net), loaders[0], loaders[1], 1, 0.05, device)  # not counted
            with redirect_stdout(io.StringIO()) as said:
                d2l.train_ch6(nn.Sequential(net), loaders[0], loaders[1], 1, 0.05, device)
        finally:
            d2l.Animator = animator
        return float(said.getvalue().splitlines()[-1].split()[0])

    macs = 3 * trace(recipe("book").architecture, shape).macs  # forward, and twice that backward
    dtype = arithmetic(recipe("book"), device)
    print(f"\nTraining ResNet-18 (d2l form) at {size} x {size} in batches of {batch}, on {device} (pictures/s)")
    with redirect_stdout(io.StringIO()):
        base = theirs()
    steps = speed.measure() if device.type == "cpu" else []  # before our loop, which keeps memory
    rates = {
        "d2l.train_ch6, loading not counted": base,
        "our loop, recipe d2l": loop("d2l"),
        "our loop, recipe book": loop("book"),
    }
    for name, rate in rates.items():
        print(f"  {name:36}{rate:10.1f}   {rate / base:5.2f} times d2l")
    aim = 10 if device.type == "cuda" else 3
    gain = rates["our loop, recipe book"] / base
    print(
        f"  aim: {aim} times (on a CPU, one with bf16; here {str(dtype)[6:]}): {gain:.2f} times, {verdict(gain >= aim)}"
    )
    share = rates["our loop, recipe book"] * macs / product_rate(device, dtype)
    print(f"  share of the matrix-product rate: {share:.0%} (aim: 67%), {verdict(share >= 2 / 3)}")

    if steps:
        print("\nOne training step, change by change (pictures/s at each side)")
        first = {step.size: step.rate for step in steps if step.change == speed.PLAIN}
        for change in dict.fromkeys(step.change for step in steps):
            same = [step for step in steps if step.change == change]
            line = "".join(f"   {step.size}: {step.rate:7.1f} ({step.rate / first[step.size]:4.2f})" for step in same)
            print(f"  {change:24}{line}")


def input_pipelines() -> None:
    """Our batches against d2l's loader, each by itself."""
    import warnings

    import torch

    from resnet_book.data import Batches, per_image_loader, sample
    from resnet_book.train import pick_device

    warnings.filterwarnings("ignore", message=".*worker processes")  # d2l takes four, whatever the machine
    device, size = pick_device(), 96
    print("\nInput pipelines, 1,000 pictures to batches of 256 at 96 x 96 (pictures/s)")
    whole, generator = sample(train=True), torch.Generator().manual_seed(0)
    book = Batches(whole, 256, size=size, crop=2, flip=True, device=device, generator=generator)
    same = Batches(whole, 256, size=size, device=device, generator=generator)
    per_image = per_image_loader(whole, 256, size=size, shuffle=True)
    times = {
        "d2l's loader, four workers": median_ms(lambda: [x.to(device) for x, _ in per_image], 3),
        "ours, the same batches": median_ms(lambda: [float(x[0, 0, 0, 0]) for x, _ in same], 5),
        "ours, flipped and cropped": median_ms(lambda: [float(x[0, 0, 0, 0]) for x, _ in book], 5),
    }
    for name, value in times.items():
        print(f"  {name:36}{len(whole) / value * 1e3:10,.0f}   {next(iter(times.values())) / value:5.2f} times d2l")


ALONE = {
    "tracing": tracing,
    "checking": checking,
    "pipelines": input_pipelines,
    "faces": face_batches.main,
    "training": training,  # from here on this process keeps memory
    "cifar": cifar_training.main,
    "building": building,
}
ON_THE_SITE = {
    "interaction": interaction,
    "engine": engine,
    "own-network": own_network,
    "face-follower": face_follower,
    "pages": page_sizes,
    "loads": page_loads,
}


def main() -> None:
    wanted = sys.argv[1:] or [*ALONE, *ON_THE_SITE]
    unknown = sorted(set(wanted) - {*ALONE, *ON_THE_SITE})
    if unknown:
        sys.exit(f"no part {', '.join(unknown)}; there is: {', '.join([*ALONE, *ON_THE_SITE])}")
    print(
        f"Machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    )
    for name, part in ALONE.items():
        if name in wanted:
            part()
    on_the_site = [part for name, part in ON_THE_SITE.items() if name in wanted]
    if not on_the_site:
        return
    from playwright.sync_api import sync_playwright

    chromium = str(find_chromium())  # it may ask Playwright, which does not run twice at once
    with serve(SITE) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        print(f"\nChromium {browser.version}, {Path(chromium).name}")
        for part in on_the_site:
            part(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
