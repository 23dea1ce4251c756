"""The demo municipality: five invented schools, one per regulation, with a living register."""

from school.demo.load import DemoReport, load_demo
from school.demo.sign_ins import PASSWORD, SignIn
from school.demo.sizes import DemoRefused

__all__ = ["PASSWORD", "DemoRefused", "DemoReport", "SignIn", "load_demo"]
