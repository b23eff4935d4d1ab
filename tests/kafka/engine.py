"""Where a real Apache Kafka comes from: jars and a Java on this machine, or a container."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

KAFKA_VERSION = "4.1.1"
IMAGE = f"apache/kafka:{KAFKA_VERSION}"
JVM_FLAGS = (
    "-Xmx512m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
)  # quick to start, small, kind to two cores
DOWNLOAD_SECONDS = 240
PROBE_SECONDS = 20

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>bellbuoy.tests</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""

HOW_TO_HAVE_THEM = (
    "To have them: install Java 17+ and Maven, or Docker, or set BELLBUOY_TEST_KAFKA=host:port to a broker "
    "that these tests may fill with topics."
)


class KafkaMissingError(Exception):
    """No Kafka can be had on this machine; the message says what was looked for."""


class Engine(Protocol):
    """Runs Kafka's Java programs."""

    @property
    def bind(self) -> str:
        """Address that the broker listens on."""

    def command(self, home: Path, port: int, main: str, *arguments: str) -> list[str]:
        """Command line of a main class, which finds ``home`` under its own path."""

    def kill_command(self, home: Path, process: int) -> str:
        """Shell words that end the broker at once, given its process (which leads its process group)."""


@dataclass(frozen=True)
class Jars:
    """Kafka's jars in a folder, and the Java of this machine."""

    folder: Path
    bind: str = "127.0.0.1"

    def command(self, home: Path, port: int, main: str, *arguments: str) -> list[str]:
        """See :class:`Engine`."""
        del port
        log4j = f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}"
        return ["java", *JVM_FLAGS, log4j, "-cp", f"{self.folder}/*", main, *arguments]

    def kill_command(self, home: Path, process: int) -> str:
        """See :class:`Engine`."""
        del home
        return f"kill -s KILL -- -{process}"


@dataclass(frozen=True)
class Container:
    """Kafka's official image, run by Docker: the same programs with the same files."""

    image: str = IMAGE
    bind: str = "0.0.0.0"

    def command(self, home: Path, port: int, main: str, *arguments: str) -> list[str]:
        """See :class:`Engine`."""
        name = self._name(home) if main == "kafka.Kafka" else f"{self._name(home)}-tool"
        run = ["docker", "run", "--rm", "--name", name, "--user", f"{os.getuid()}:{os.getgid()}"]
        run += ["--publish", f"127.0.0.1:{port}:{port}", "--volume", f"{home}:{home}", "--entrypoint", "java"]
        log4j = f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}"
        return [*run, self.image, *JVM_FLAGS, log4j, "-cp", "/opt/kafka/libs/*", main, *arguments]

    def kill_command(self, home: Path, process: int) -> str:
        """See :class:`Engine`."""
        return f"docker kill {self._name(home)} >/dev/null 2>&1; kill -s KILL -- -{process}"

    def _name(self, home: Path) -> str:
        return f"bellbuoy-tests-{home.name}"


def engine_or_reason() -> tuple[Engine | None, str]:
    """The first engine that this machine has (Java with Maven, then Docker), or None and why there is none."""
    reasons = []
    for find in (_jars, _container):
        try:
            return find(), ""
        except KafkaMissingError as missing:
            reasons.append(str(missing))
    return None, "; ".join(reasons)


def _jars() -> Engine:
    if shutil.which("java") is None:
        raise KafkaMissingError("no java on PATH")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bellbuoy"
    folder = cache / f"kafka-{KAFKA_VERSION}"
    if not folder.is_dir():
        _download(folder)
    return Jars(folder)


def _download(folder: Path) -> None:
    """Fill the folder by Maven; it appears whole or not at all."""
    if shutil.which("mvn") is None:
        raise KafkaMissingError("no mvn on PATH to fetch Kafka's jars with")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        (Path(scratch) / "pom.xml").write_text(POM)
        jars = Path(scratch) / "jars"
        copy = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        code, said = _run([*copy, "-DincludeScope=runtime"], DOWNLOAD_SECONDS, Path(scratch))
        if code:
            raise KafkaMissingError(f"Maven could not fetch Kafka {KAFKA_VERSION}: {said[-600:].strip()}")
        try:
            jars.rename(folder)
        except OSError:  # somebody else was quicker
            if not folder.is_dir():
                raise


def _container() -> Engine:
    if shutil.which("docker") is None:
        raise KafkaMissingError("no docker on PATH")
    code, _ = _run(["docker", "info", "--format", "{{.ServerVersion}}"], PROBE_SECONDS)
    if code:
        raise KafkaMissingError("docker finds no engine")
    code, said = _run(["docker", "pull", "--quiet", IMAGE], DOWNLOAD_SECONDS)
    if code:
        raise KafkaMissingError(f"docker could not pull {IMAGE}: {said[-300:].strip()}")
    return Container()


def _run(command: list[str], seconds: int, folder: Path | None = None) -> tuple[int, str]:
    """Exit code and output of a command without input; a time-out counts as failure."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"{command[0]} took more than {seconds} s"
    return done.returncode, done.stdout
