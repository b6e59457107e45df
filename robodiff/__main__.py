"""`python -m robodiff` is the command line."""

from robodiff.cli.main import main

if __name__ == "__main__":
    main()
