"""`python -m digest` and `digest` are the command line."""


def main() -> None:
    """Run it. Processes that send are started with this module, and need no command line."""
    from digest.cli import main as run

    run()


if __name__ == "__main__":
    main()
