"""The main job on real input, end to end."""

from bdc_devkit.demo.inputs import DemoInputs, choose_inputs
from bdc_devkit.demo.run import run_demo
from bdc_devkit.demo.summary import Summary

__all__ = ["DemoInputs", "Summary", "choose_inputs", "run_demo"]
