"""Improve a robot and its controller together, from Python, one update at a time."""

import robodiff as rd

experiment = rd.load_experiment("configs/cartpole.yaml")
for iteration in rd.co_optimize(experiment):
    if iteration.index % 10 == 0:
        print(f"{iteration.index:4d}  loss {iteration.loss:9.4f}  {iteration.design}")
