#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        if sys.argv[1:2] == ["up"]:
            # The launcher needs settings and no models: without the apps it starts sooner and stays small.
            from core.management.commands.up import Command

            Command().run_from_argv(sys.argv)
            return
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except ModuleNotFoundError as error:
        # Our own modules are never missing by accident of installation: that is a bug, and shows itself as one.
        if error.name is None or os.path.exists(os.path.join(os.path.dirname(__file__), error.name.split(".")[0])):
            raise
        sys.exit(f"The package {error.name} is missing: run script/setup (and start with .venv/bin/python).")


if __name__ == "__main__":
    main()
