"""The part of `make bench` that measures the engine in headless Chromium, beside TensorFlow.js and onnxruntime-web."""

from __future__ import annotations

import os
import shutil
import statistics
import tarfile
import tempfile
from pathlib import Path

from platformdirs import user_cache_path
from serving import serve

from resnet_book import architecture, trace
from resnet_book.sphinx_ext.npm import Unreachable, pack
from resnet_book.widgets import bundle

HERE = Path(__file__).parent

# What is measured beside the engine: npm's integrity of each package, and the files that a page needs of it.
PACKAGES = {
    "@tensorflow/tfjs@4.22.0": (
        "sha512-0TrIrXs6/b7FLhLVNmfh8Sah6JgjBPH4mZ8JGb7NU6WW+cx00qK5BcAZxw7NCzxj6N8MRAIfHq+oNbPUNG5VAg==",
        ["tf.min.js"],
    ),
    "@tensorflow/tfjs-backend-wasm@4.22.0": (
        "sha512-/IYhReRIp4jg/wYW0OwbbJZG8ON87mbz0PgkiP3CdcACRSvUN0h8rvC0O3YcDtkTQtFWF/tcXq/KlVDyV49wmA==",
        ["tf-backend-wasm.min.js", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm.wasm"],
    ),
    "onnxruntime-web@1.30.0": (
        "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
        ["ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"],
    ),
}
NETWORKS = (("cifar-resnet20", 32), ("fashion-resnet20", 28))
BATCHES = (1, 50)
ROUNDS = 5
ALIKE = 1e-4  # how far logits may be apart, as a share of the largest
DEPTHS = (1, 20, 50)
POINTS, SECONDS = 128, 3
MOST_MS, LEAST_STEPS, MOST_WAIT = 3, 500, 50


def frameworks() -> Path:
    """A folder with the packages' files, fetched unless they are there; in the user's cache, as no page ever sees them.

    Raises:
        Unreachable: when one is not there and cannot be had.
    """
    folder = user_cache_path("resnet-book", appauthor=False) / "bench"
    for package, (integrity, files) in PACKAGES.items():
        place = folder / package.replace("/", "+")
        if place.is_dir():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            archive, taken = pack(package, integrity, Path(scratch)), Path(scratch, "taken")
            taken.mkdir()
            with tarfile.open(archive) as tar:
                for name in files:
                    (taken / name).write_bytes(tar.extractfile(f"package/dist/{name}").read())
            shutil.move(taken, place)
    return folder


def verdict(met: bool) -> str:
    return "met" if met else "NOT met"


def page_of(browser, address: str):
    """A page with the frameworks and our modules in it."""
    places = [package.replace("/", "+") for package in PACKAGES]
    page = browser.new_page()
    page.set_default_timeout(600_000)
    page.route(f"{address}/bench", lambda route: route.fulfill(body="<title>Bench</title>", content_type="text/html"))
    page.goto(f"{address}/bench")
    for place, (_, files) in zip(places, PACKAGES.values()):
        page.add_script_tag(url=f"{address}/{place}/{files[0]}")
    page.evaluate(
        """async ([source, tensorflow, onnx]) => {
          tf.wasm.setWasmPaths(tensorflow);
          Object.assign(ort.env.wasm, { wasmPaths: onnx, numThreads: 1 });
          const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
          window.bench = (await import(address)).default;
        }""",
        [bundle.esm(HERE / "page.mjs"), *(f"{address}/{place}/" for place in places[1:])],
    )
    return page


def pictures(page) -> None:
    """Milliseconds a picture, the same network, weights and input for all."""
    peak = page.evaluate("bench.fastest()")
    print(f"  hand-written loop of independent multiply-adds: {peak / 1e9:.1f} GMAC/s")
    for network, side in NETWORKS:
        macs = trace(architecture(network), (architecture(network).in_channels, side, side)).macs
        for n in BATCHES:
            told = page.evaluate(
                "given => bench.pictures(given)",
                {"network": network, "side": side, "n": n, "rounds": ROUNDS, "slow": n == 1},
            )
            print(f"\n  {network}, {side} x {side}, {n} at a time ({macs / 1e6:.1f} million MACs; median ms a picture)")
            ours = told["runners"][0]["ms"] / n
            for runner in told["runners"]:
                each, shortest, apart = runner["ms"] / n, runner["shortest"] / n, runner["apart"]
                rate = macs / (shortest / 1e3)
                said = f"shortest {shortest:7.2f}: {rate / 1e9:5.1f} GMAC/s, {rate / peak:4.0%} of the loop"
                beside = f"   {each / ours:5.2f} times ours, logits within {apart:.0e}" if apart else ""
                wrong = "" if apart <= ALIKE else "   NOT THE SAME NETWORK"
                print(f"    {runner['name']:34}{each:9.2f}   {said}{beside}{wrong}")
            for name, why in told["refused"]:
                print(f"    {name:34}        -   {why}")
            others = min(runner["ms"] / n for runner in told["runners"][1:])
            print(f"    aim: faster than all of them: {others / ours:.2f} times, {verdict(ours < others)}")
            if network == NETWORKS[0][0] and n == 1:
                print(f"    aim: {MOST_MS} ms a picture: {ours:.2f}, {verdict(ours <= MOST_MS)}")


def steps(page) -> None:
    """Training steps in a worker, and how late the page's timers are meanwhile."""
    print(f"\n  A training step of width 8 on {POINTS} points, by Adam, in a worker (ms)")
    source = bundle.worker(HERE / "worker.mjs")
    for blocks in DEPTHS:
        told = page.evaluate(
            "given => bench.steps(given)", {"source": source, "blocks": blocks, "points": POINTS, "seconds": SECONDS}
        )
        plain, residual = told["ms"]
        rate, waits = 1e3 / (plain + residual), told["waits"]
        late = f"page late by {statistics.median(waits):.1f} ms, at most {waits[-1]:.1f}"
        print(
            f"    {blocks:3} blocks: plain {plain:.3f}, residual {residual:.3f}: {rate:7,.0f} of both a second, {late}"
        )
    met = rate >= LEAST_STEPS and waits[-1] <= MOST_WAIT
    print(
        f"    aim at {blocks} blocks: {LEAST_STEPS} a second while the page answers in {MOST_WAIT} ms: {verdict(met)}"
    )


def widget(browser, site: str) -> None:
    """The same in the chapter's own widget, which draws meanwhile, and has more points."""
    page = browser.new_page()
    page.goto(f"{site}/book/05_degradation.html")
    root = page.locator('[data-widget="skip-trainer"]')
    root.get_by_label("Blocks", exact=True).fill(str(DEPTHS[-1]))
    root.get_by_role("button", name="Train", exact=True).click()
    reports, waits = root.evaluate(
        """async (root) => {
          const [reports, waits] = [[], []];
          const first = () => root.querySelector("td[data-value]")?.dataset.value;
          while (!reports.length || !root.querySelector("progress").hidden) {
            const asked = performance.now();
            await new Promise((done) => setTimeout(done, 20));
            waits.push(performance.now() - asked - 20);
            if (Number(first()) !== reports.at(-1)?.[1] && first()) reports.push([performance.now() / 1000, Number(first())]);
          }
          return [reports, waits.sort((a, b) => a - b)];
        }"""
    )
    page.close()
    (began, before), (ended, after) = reports[0], reports[-1]
    late = f"page late by {statistics.median(waits):.1f} ms, at most {waits[-1]:.1f}"
    rate = (after - before) / (ended - began)
    print(f"    in the chapter's widget, {DEPTHS[-1]} blocks, 256 points: {rate:.0f} of both a second, {late}")


def engine(browser, site: str) -> None:
    """Print it all.

    Args:
        browser: a Chromium of Playwright's.
        site: the address of the built site.
    """
    load = f", {os.getloadavg()[0]:.1f} processes waiting or running" if hasattr(os, "getloadavg") else ""
    print(f"\nThe engine in the page (interleaved rounds, one thread{load})")
    try:
        folder = frameworks()
    except Unreachable as error:
        print(f"  not measured: {error}")
        return
    with serve(folder) as address:
        page = page_of(browser, address)
        pictures(page)
        steps(page)
        page.close()
    widget(browser, site)
