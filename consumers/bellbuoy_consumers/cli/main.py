"""Entry point: runs a command, and turns what went wrong into one sentence and an exit code."""

import os
import sys

from bellbuoy_stream.errors import BellbuoyError, BrokerError

OK, NO, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
INSTALL_HINT = "pip install 'bellbuoy[workers]'"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code.

    0: done; 1: the answer is "no"; 2: wrong usage or bad input; 3: the broker cannot be reached; 130: interrupted,
    but 0 for a worker, which is meant to be.  Errors are one plain sentence on stderr.

    Parameters
    ----------
    arguments
        What was typed behind ``bellbuoy``; by default the process's own.

    Examples
    --------
    >>> main(["schemas", "--nothing"])
    2
    """
    words = sys.argv[1:] if arguments is None else arguments
    interrupted = OK if words[:1] == ["worker"] else INTERRUPTED
    try:
        return _run(words, interrupted)
    except BrokerError as error:
        return _fail(str(error), UNREACHABLE)
    except BellbuoyError as error:
        return _fail(str(error), USAGE)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0].startswith("bellbuoy"):
            raise
        return _fail(f"this command needs {error.name}, which is not installed: {INSTALL_HINT}", USAGE)
    except BrokenPipeError:  # whoever read stdout has gone; Python must not try to flush it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return interrupted


def _run(arguments: list[str], interrupted: int) -> int:
    from bellbuoy_consumers.cli.app import build_app  # noqa: PLC0415  # needs typer, an extra

    try:
        code = build_app()(arguments, standalone_mode=False)
    except Exception as error:
        message = getattr(error, "format_message", None)  # how typer and click name wrong usage
        if message is not None:
            return _fail(_usage(str(message()), getattr(error, "ctx", None)), USAGE)
        if type(error).__name__ == "Abort":
            return interrupted
        raise
    return code if isinstance(code, int) else OK


def _usage(message: str, context: object) -> str:
    command = getattr(context, "command_path", None) or "bellbuoy"
    return f"{message.rstrip('.') or 'which command?'}; see {command} --help"


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(f"bellbuoy: {' '.join(sentence.split())}\n")
    return code
