"""Shows results and never recomputes them: worked steps, a terminal card, a plot, and the stored form.

`steps` turns a `Divergence` into a short list of records; the modules in `writers` each write those records
in one format. `terminal` is the only place that knows rich, `plots` the only one that knows Matplotlib.
"""
