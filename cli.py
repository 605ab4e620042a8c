"""Run the archive from a checkout."""

if __name__ == "__main__":  # worker processes import this file too, and need none of the verbs
    from archive.__main__ import main

    main()
