"""Measure what experiments.md says, and draw its pictures.

    python site/experiments.py depth exploding dead adaptive        (a quarter of an hour; needs the extra `plot`)

Each name prints its figures; the pictures go to `pictures/experiments/`. On one machine every run gives the same.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

from autograd import leaky_relu, nn, relu, sigmoid
from autograd.experiments import adaptive, dead, depth, exploding
from autograd.optim import SGD, Adam

PICTURES = Path(__file__).resolve().parent / "pictures" / "experiments"


def of_depth() -> None:
    """The grid; the same for ReLU from ten seeds; He's init over many nets."""
    found = depth.grid()
    print(depth.report(found))
    depth.picture(found)[0].figure.savefig(PICTURES / "depth.png", dpi=110)
    print(depth.report(depth.grid(["relu"], ["init", "batch norm"], [20, 30], seeds=range(10))))
    print(depth.report(depth.grid(["sigmoid"], ["residual"], [20], steps=1000)))
    for width in (16, 64, 256, 512):
        nets = [depth.mean_squares(width, seed=seed) for seed in range(50)]
        means = [fmean(sizes) for sizes in zip(*nets, strict=True)]
        drifts = [max(max(sizes), 1.0 / min(sizes)) for sizes in nets]
        print(
            f"He, width {width}: mean of 50 nets {min(means):.2f} to {max(means):.2f},"
            f" farthest net {max(drifts):.1f}, {sum(drift > 2.0 for drift in drifts)} beyond 2"
        )


def of_exploding() -> None:
    """Chains, fresh nets, descents."""
    print("20 sigmoids: {:.4f}, slope {:.3g}".format(*exploding.chain(sigmoid, 20, 0.5)))
    print("w^30:", *(f"{w}: {exploding.chain(lambda x, w=w: w * x, 30, 1.0)[1]:.3g}" for w in (0.5, 0.9, 1.1, 1.5)))
    nets = {"xavier": (sigmoid, nn.xavier), "uniform": (sigmoid, nn.uniform), "std .01": (relu, tiny)}
    for name, (activation, init) in nets.items():
        for width in (16, 32):
            for seed in range(3):
                layers = exploding.sizes(activation, init, width=width, seed=seed)
                first, last = layers[0], layers[19]
                print(
                    f"{activation.name} {name}, width {width}, seed {seed}:"
                    f"  weights {first.weights:.1e} {last.weights:.1e}"
                    f"  signal {first.signal:.1e} {last.signal:.1e}  upstream {first.upstream:.1e} {last.upstream:.1e}"
                )
    for width in (16, 8):
        for clip in (None, 1.0):
            for seed in range(5):
                made = exploding.descent(width=width, clip=clip, seed=seed)
                end = f"diverged in {len(made.losses)} steps" if made.diverged else f"loss {made.losses[-1]:.4f}"
                print(f"width {width} clip {clip} seed {seed}: {end}, accuracy {made.accuracy:.2f}")


def tiny(rng: nn.init.Random, fan_in: int, fan_out: int) -> float:
    """A weight near 0."""
    return rng.gauss(0.0, 0.01)


def of_dead() -> None:
    """Buried nets, and rates that kill."""
    print("a line: loss {:.4f}, accuracy {:.2f}".format(*dead.straight_line()))
    for name, activation in (("relu", relu), ("leaky .1", leaky), ("leaky .01", leaky_relu)):
        for recipe in (lambda x: SGD(x, lr=0.5), lambda x: Adam(x, lr=0.01)):
            print(name, recipe([nn.Neuron(1).b]).__class__.__name__, dead.revival(activation, recipe, steps=5000))
    found = dead.sweep()
    for rate, runs in found.items():
        print(f"rate {rate}:", *(f"{run.dead:.2f} dead, {run.accuracy:.2f} right;" for run in runs))
    dead.picture(found).figure.savefig(PICTURES / "dead-rates.png", dpi=110)
    for name, activation in (("leaky .01", leaky_relu), ("leaky .1", leaky)):
        [runs] = dead.sweep([2.0], activation=activation).values()
        print(f"{name}, rate 2:", *(f"{run.accuracy:.2f}" for run in runs))


def leaky(x: object) -> object:
    """Leaky ReLU with a slope of a tenth."""
    return leaky_relu(x, 0.1)


def of_adaptive() -> None:
    """Where the betas go."""
    for start in (1.0, 0.0):
        path = adaptive.fitted(start)
        print(f"fit from {start}:", *(f"{path[step][0]:.3f}" for step in (0, 1, 2, 50, 300)))
    for seed in range(5):
        path = adaptive.on_moons(seed=seed)
        print(f"moons seed {seed}:", *(f"{beta:.2f}" for beta in path[-1]))
        if seed == 0:
            adaptive.picture(path).figure.savefig(PICTURES / "betas.png", dpi=110)
    for seed in range(3):
        print(f"digits seed {seed}:", *(f"{beta:.2f}" for [beta] in adaptive.on_digits(seed=seed)))


if __name__ == "__main__":
    parts = {"depth": of_depth, "exploding": of_exploding, "dead": of_dead, "adaptive": of_adaptive}
    for name in sys.argv[1:] or parts:
        parts[name]()
