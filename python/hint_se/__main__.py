"""``python -m hint_se`` is the command `hint-se`."""

from hint_se.cli import main

if __name__ == "__main__":
    main()
