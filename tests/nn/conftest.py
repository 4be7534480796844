"""The script of the figures needs PyTorch, which the tests do not."""

collect_ignore = ["make_layers.py"]
