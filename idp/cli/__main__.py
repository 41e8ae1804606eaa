"""`python -m idp.cli` is `idp`: how `idp serve` starts its worker."""

from idp.cli import main

if __name__ == "__main__":
    main(prog_name="idp")
